-- What an account has room for, by the name the operator gave it; none is the
-- first plan there is.
ALTER TABLE accounts ADD COLUMN plan TEXT;

-- How many meshes somebody made is asked before they make another.
CREATE INDEX meshes_by_creator ON meshes (created_by);
