-- Sign-ins at providers by device code that are waited for. What the provider is asked
-- with is sealed as what opens a connection is.
CREATE TABLE device_flows (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    provider TEXT NOT NULL,
    -- What the connection will be called.
    label TEXT NOT NULL,
    client_id TEXT NOT NULL,
    code_sealed TEXT NOT NULL,
    verifier_sealed TEXT NOT NULL,
    user_code TEXT NOT NULL,
    verification_uri TEXT NOT NULL,
    verification_uri_complete TEXT,
    -- Milliseconds between two questions, as the provider wants it.
    pace BIGINT NOT NULL,
    -- Nobody asks before: whoever asks puts it off first, and so is alone.
    next_poll_at BIGINT NOT NULL,
    -- How often in a row it could not be asked.
    lost BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- Why it could not be asked last, or what it said in the end.
    trouble TEXT,
    -- What came of it.
    connection_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX device_flows_by_account ON device_flows (account_id);
CREATE INDEX device_flows_by_end ON device_flows (expires_at);
