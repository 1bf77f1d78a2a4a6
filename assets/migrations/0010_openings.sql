-- That somebody opened the page of a code, and how far they came: what the
-- terminal that waits is told of it. Never who.
ALTER TABLE device_codes ADD COLUMN opened_at BIGINT;
-- A network, never an address.
ALTER TABLE device_codes ADD COLUMN opened_network TEXT;
-- phone, computer, browser
ALTER TABLE device_codes ADD COLUMN opened_on TEXT;
-- opened, signed_in
ALTER TABLE device_codes ADD COLUMN opened_step TEXT;
-- How often that changed.
ALTER TABLE device_codes ADD COLUMN openings BIGINT NOT NULL DEFAULT 0;
CREATE INDEX device_codes_by_opening ON device_codes (opened_at) WHERE opened_at IS NOT NULL;
