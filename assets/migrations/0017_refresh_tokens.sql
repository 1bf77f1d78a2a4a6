-- Programs that are given a token of an hour and renew it (RFC 6749 section 6). What
-- they are signed in by is one row of credentials, which both kinds of token end with.
CREATE TABLE access_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    credential_id TEXT NOT NULL REFERENCES credentials (id),
    scopes TEXT NOT NULL,
    resource TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    credential_id TEXT NOT NULL REFERENCES credentials (id),
    created_at BIGINT NOT NULL,
    -- Of one that was used: until when it is known again.
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- Whether whoever brings the code is given such a pair.
ALTER TABLE authorization_codes ADD COLUMN refreshes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN refreshes BIGINT NOT NULL DEFAULT 0;
