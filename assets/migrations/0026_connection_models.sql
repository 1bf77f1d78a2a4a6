-- The model that agents ask for where they work with it, unless a start names another.
ALTER TABLE connections ADD COLUMN model TEXT;
