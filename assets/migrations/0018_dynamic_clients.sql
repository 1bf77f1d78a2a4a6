-- Programs that registered themselves (RFC 7591), without a secret. One that nobody
-- lets in within a day is forgotten.
CREATE TABLE dynamic_clients (
    id TEXT NOT NULL PRIMARY KEY,
    -- What it calls itself; empty where it does not.
    name TEXT NOT NULL,
    -- Where a browser may be sent, space-separated.
    redirect_uris TEXT NOT NULL,
    -- Whether it renews its token without asking to.
    refreshes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it was let in last.
    last_used_at BIGINT
);
CREATE INDEX dynamic_clients_unused ON dynamic_clients (created_at) WHERE last_used_at IS NULL;
CREATE INDEX dynamic_clients_by_use ON dynamic_clients (last_used_at)
    WHERE last_used_at IS NOT NULL;

-- What a program was called on the card that let it in.
ALTER TABLE authorization_codes ADD COLUMN client_name TEXT NOT NULL DEFAULT '';
ALTER TABLE device_codes ADD COLUMN client_name TEXT NOT NULL DEFAULT '';
