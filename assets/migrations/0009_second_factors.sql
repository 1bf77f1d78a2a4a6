-- A second factor: codes of an app (RFC 6238), one app an account.
CREATE TABLE second_factors (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    -- 256 random bits; the app's secret follows from them and the instance key.
    seed TEXT NOT NULL,
    -- The time step of the last code that was taken: none is taken twice.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- For whoever lost the app; gone once used.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- HMAC with the instance key: twelve digits are too few for a bare hash.
    code_mac TEXT NOT NULL,
    PRIMARY KEY (account_id, code_mac)
);

-- Browsers that have yet to give the code.
CREATE TABLE pending_sign_ins (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The site that vouched, where it was no password.
    upstream TEXT,
    -- Where the person was going.
    next TEXT NOT NULL,
    misses BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_sign_ins_of_account ON pending_sign_ins (account_id);
CREATE INDEX pending_sign_ins_by_end ON pending_sign_ins (expires_at);
