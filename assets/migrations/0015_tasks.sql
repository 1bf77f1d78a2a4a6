CREATE TABLE tasks (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    -- open, claimed, done, dropped
    state TEXT NOT NULL,
    author_id TEXT NOT NULL REFERENCES accounts (id),
    author TEXT NOT NULL,
    holder_id TEXT REFERENCES accounts (id),
    holder TEXT,
    -- The peer that claimed it; none where a person did by themselves.
    peer_id TEXT,
    result TEXT,
    -- Whether whoever had it last was gone before it was done.
    reopened BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, number)
);
CREATE INDEX tasks_of_peer ON tasks (peer_id) WHERE peer_id IS NOT NULL;
CREATE INDEX tasks_by_change ON tasks (changed_at);
