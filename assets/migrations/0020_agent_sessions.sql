-- What a code agent acts by that a signed-in device started: it ends with that device's
-- session, which is its parent.
ALTER TABLE credentials ADD COLUMN parent_id TEXT REFERENCES credentials (id);
CREATE INDEX credentials_by_parent ON credentials (parent_id) WHERE parent_id IS NOT NULL;
