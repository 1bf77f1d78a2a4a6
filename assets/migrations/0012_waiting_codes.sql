-- For the list of codes that wait for an account. The user code under a key that
-- follows from the instance key, so that the database alone says none.
ALTER TABLE device_codes ADD COLUMN sealed_user_code TEXT;
-- Who looked at its card last and has not answered.
ALTER TABLE device_codes ADD COLUMN seen_by TEXT REFERENCES accounts (id);
CREATE INDEX device_codes_by_viewer ON device_codes (seen_by, id) WHERE seen_by IS NOT NULL;
CREATE INDEX device_codes_by_invite ON device_codes (invite_id, id) WHERE invite_id IS NOT NULL;
