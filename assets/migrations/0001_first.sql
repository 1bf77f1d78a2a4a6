-- One text for SQLite and PostgreSQL: BIGINT and TEXT only, times in Unix
-- milliseconds, hashes as lower-case hex. Ids sort by the time they were made,
-- so that pages of a list need no other index than their owner's.

-- Facts of the instance itself: its id, the check value of its key.
CREATE TABLE instance (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- As the person wrote it; empty for the owner of an embedded instance.
    email TEXT NOT NULL,
    -- Lower case, for finding it again.
    email_key TEXT UNIQUE,
    -- Argon2id in PHC form; none where somebody signs in another way.
    password TEXT,
    -- The operating system's user, for the owner of an embedded instance.
    os_user TEXT UNIQUE,
    admin BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    password_changed_at BIGINT
);

CREATE TABLE web_sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    ip TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_of_account ON web_sessions (account_id, id);
CREATE INDEX web_sessions_by_end ON web_sessions (expires_at);

-- Sessions of signed-in devices and personal access tokens.
CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    -- session, pat
    kind TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    ip TEXT,
    scopes TEXT NOT NULL,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    -- Slides with use, never past ends_at. None is never.
    expires_at BIGINT,
    ends_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX credentials_of_account ON credentials (account_id, kind, id);

CREATE TABLE device_codes (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    -- HMAC of the user code: eight letters are too few for a bare hash.
    user_code_mac TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    device_name TEXT NOT NULL,
    device_os TEXT NOT NULL,
    device_arch TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    -- pending, approved, denied; expiry is read off the clock.
    status TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    settled_at BIGINT,
    claimed_at BIGINT,
    -- SHA-256 of the Idempotency-Key it was claimed with.
    claim_key_hash TEXT,
    credential_id TEXT REFERENCES credentials (id)
);
CREATE INDEX device_codes_by_settling ON device_codes (settled_at);
CREATE INDEX device_codes_by_end ON device_codes (expires_at);

CREATE TABLE meshes (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    -- Kept with each joining and leaving, so that a list counts nothing.
    member_count BIGINT NOT NULL
);

CREATE TABLE members (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- admin, member
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, account_id)
);
CREATE INDEX members_by_account ON members (account_id, mesh_id);

CREATE TABLE invites (
    id TEXT NOT NULL PRIMARY KEY,
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    code_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    email TEXT,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX invites_of_mesh ON invites (mesh_id, id);

CREATE TABLE machines (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    anchor TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    location TEXT,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    UNIQUE (account_id, anchor),
    UNIQUE (account_id, slug)
);
CREATE INDEX machines_of_account ON machines (account_id, id);

-- Where a machine was from when on: a change counts from then.
CREATE TABLE machine_locations (
    machine_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    location TEXT NOT NULL,
    PRIMARY KEY (machine_id, since)
);

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    ts BIGINT NOT NULL,
    -- An account's id; empty where nobody was signed in.
    actor TEXT NOT NULL,
    -- web, session, pat, ticket, terminal, client
    via TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    source_ip TEXT,
    meta TEXT NOT NULL
);
CREATE INDEX audit_of_actor ON audit (actor, id);

-- Wrong codes, counted where every node sees them.
CREATE TABLE limits (
    subject TEXT NOT NULL PRIMARY KEY,
    window_began BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    blocks BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX limits_by_window ON limits (window_began);
