-- The invite that whoever asked for a code holds: approving the code joins by it.
-- No reference: an invite goes with its mesh, and the code stays for the record.
ALTER TABLE device_codes ADD COLUMN invite_id TEXT;
