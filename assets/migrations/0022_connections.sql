-- What a person connected: an account of theirs at a provider, or a model server of
-- their own. What opens it is sealed under a key that follows from the instance key.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    provider TEXT NOT NULL,
    label TEXT NOT NULL,
    way TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Where a model server is; NULL where the provider's own address is meant.
    endpoint TEXT,
    -- Whose it is, as the provider told.
    holder TEXT,
    -- NULL where nothing opens it, because nothing closes it.
    sealed TEXT,
    last_four TEXT NOT NULL,
    is_default BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the provider last let it in.
    verified_at BIGINT,
    last_used_at BIGINT,
    UNIQUE (account_id, provider, label)
);

-- How often each was given to a machine, by day since 1970.
CREATE TABLE connection_uses (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    day BIGINT NOT NULL,
    leases BIGINT NOT NULL,
    PRIMARY KEY (connection_id, day)
);
CREATE INDEX connection_uses_by_day ON connection_uses (day);
