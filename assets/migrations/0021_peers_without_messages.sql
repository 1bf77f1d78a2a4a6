-- Whether nothing that is written in a mesh is for this session: 0 or 1.
ALTER TABLE peers ADD COLUMN no_messages BIGINT NOT NULL DEFAULT 0;
