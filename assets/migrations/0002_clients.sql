-- Programs that sign in as themselves, and the codes that a browser takes to a
-- program. Only ever adds to what was there.

-- Each service client is an account of its own, so that it is in meshes and
-- has machines as a person has.
ALTER TABLE accounts ADD COLUMN service BIGINT NOT NULL DEFAULT 0;

CREATE TABLE service_clients (
    -- Its account's; also what it calls itself.
    id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    secret_hash TEXT NOT NULL,
    -- The most that it may do, space-separated.
    scopes TEXT NOT NULL,
    -- Where a browser may be sent, space-separated; empty for none.
    redirect_uris TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

-- RFC 6749 section 4.1: good for one minute, once.
CREATE TABLE authorization_codes (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    -- RFC 7636: the SHA-256 of what the client will show.
    challenge TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    claimed_at BIGINT,
    -- Revoked when the code is shown a second time.
    credential_id TEXT REFERENCES credentials (id)
);
CREATE INDEX authorization_codes_by_end ON authorization_codes (expires_at);

-- What a revoked client takes with it. The built-in client has nearly all and
-- is never revoked.
CREATE INDEX credentials_of_client ON credentials (client_id) WHERE client_id <> 'crewmesh';
