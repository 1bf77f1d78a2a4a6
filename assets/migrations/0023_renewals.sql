-- What a connection is renewed by, sealed as what opens it is; for which OAuth client it
-- was given out; and when it ends.
ALTER TABLE connections ADD COLUMN plan TEXT;
ALTER TABLE connections ADD COLUMN ends_at BIGINT;
ALTER TABLE connections ADD COLUMN refresh_sealed TEXT;
ALTER TABLE connections ADD COLUMN client_id TEXT;
-- One process renews it, until then at most; whoever failed leaves it alone so long.
ALTER TABLE connections ADD COLUMN renewing_until BIGINT;
-- When the provider was found to let it in no more.
ALTER TABLE connections ADD COLUMN revoked_at BIGINT;
