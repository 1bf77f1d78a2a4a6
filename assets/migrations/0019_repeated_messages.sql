-- What a message was sent with by whoever may send it again, as its answer was
-- lost: SHA-256 of the key, in hexadecimal.
ALTER TABLE messages ADD COLUMN key_hash TEXT;
CREATE INDEX messages_by_key ON messages (account_id, key_hash, mesh_id)
    WHERE key_hash IS NOT NULL;
