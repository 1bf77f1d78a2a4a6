-- Which connections the members of a mesh may start agents with, whoever connected them.
CREATE TABLE connection_shares (
    mesh_id TEXT NOT NULL REFERENCES meshes (id),
    connection_id TEXT NOT NULL REFERENCES connections (id),
    -- How often a day each of them may; NULL as often as they like.
    daily BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, connection_id)
);
CREATE INDEX connection_shares_by_connection ON connection_shares (connection_id);

-- How often each was given so to a member's machine, by day since 1970.
CREATE TABLE connection_share_uses (
    mesh_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    leases BIGINT NOT NULL,
    PRIMARY KEY (mesh_id, connection_id, account_id, day)
);
CREATE INDEX connection_share_uses_by_day ON connection_share_uses (day);
