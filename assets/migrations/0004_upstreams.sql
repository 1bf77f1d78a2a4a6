-- Who somebody is at another site that vouches for them. The issuer and its own
-- name for the person say who it is; never an e-mail address.
CREATE TABLE upstream_identities (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- What they are called there, to be shown to themselves.
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX upstream_identities_of_account ON upstream_identities (account_id, id);

-- Sign-ins elsewhere that are under way: gone when they come back.
CREATE TABLE upstream_attempts (
    state_hash TEXT NOT NULL PRIMARY KEY,
    -- Of the cookie of the browser that began it.
    browser_hash TEXT NOT NULL,
    upstream TEXT NOT NULL,
    -- sign-in, sign-up, first-admin, connect
    purpose TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    -- Where the person was going.
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upstream_attempts_by_end ON upstream_attempts (expires_at);
