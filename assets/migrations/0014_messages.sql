CREATE TABLE messages (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The name of the peer or the person that wrote it.
    sender TEXT NOT NULL,
    -- peer, role, mesh
    to_kind TEXT NOT NULL,
    -- The peer's name, or the role's.
    to_name TEXT NOT NULL,
    -- Whose that name is; empty where it is for more than one person.
    to_account TEXT NOT NULL,
    -- note, ask, answer, done
    kind TEXT NOT NULL,
    reply_to BIGINT,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, number)
);
CREATE INDEX messages_to ON messages (mesh_id, to_account, number);
CREATE INDEX messages_by_time ON messages (created_at);

-- How far somebody has read.
CREATE TABLE inboxes (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The peer's; empty for the person themselves.
    name TEXT NOT NULL,
    read_to BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, account_id, name)
);

-- Whom somebody does not want to hear.
CREATE TABLE mutes (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    muted_id TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (mesh_id, account_id, muted_id)
);

-- When an administrator of the mesh forbade a member to send anything there.
ALTER TABLE members ADD COLUMN blocked_at BIGINT;
