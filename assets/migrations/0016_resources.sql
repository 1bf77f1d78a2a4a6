-- What a token is good for (RFC 8707): 'mcp' for /mcp alone, none for the whole
-- instance; and what a code will be good for.
ALTER TABLE credentials ADD COLUMN resource TEXT;
ALTER TABLE authorization_codes ADD COLUMN resource TEXT;
ALTER TABLE device_codes ADD COLUMN resource TEXT;
