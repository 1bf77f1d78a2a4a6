-- What is numbered in a mesh. A number is taken in the transaction that writes
-- what it counts, so they are committed in their order: whoever reads on from one
-- skips nothing.
CREATE TABLE mesh_counters (
    mesh_id TEXT NOT NULL PRIMARY KEY REFERENCES meshes (id),
    -- The last message or event.
    number BIGINT NOT NULL,
    -- The last task.
    tasks BIGINT NOT NULL,
    -- How often it changed who is there.
    presence BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX mesh_counters_by_change ON mesh_counters (changed_at);

-- Whose a name is that messages are addressed to: the first's who used it, as
-- long as they are in the mesh.
CREATE TABLE peer_names (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    name TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (mesh_id, name)
);
CREATE INDEX peer_names_of_account ON peer_names (account_id, mesh_id);

-- Live sessions of code agents.
CREATE TABLE peers (
    id TEXT NOT NULL PRIMARY KEY,
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    role TEXT,
    machine_id TEXT,
    agent TEXT,
    agent_version TEXT,
    directory TEXT,
    -- idle, working, waiting
    status TEXT NOT NULL,
    summary TEXT,
    since BIGINT NOT NULL,
    heard_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX peers_of_mesh ON peers (mesh_id, name);
CREATE INDEX peers_of_account ON peers (account_id);
CREATE INDEX peers_by_last_word ON peers (heard_at);

-- What happened in a mesh, for its log.
CREATE TABLE mesh_events (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    number BIGINT NOT NULL,
    what TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The name of the peer or the person.
    who TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, number)
);
CREATE INDEX mesh_events_by_time ON mesh_events (created_at);
