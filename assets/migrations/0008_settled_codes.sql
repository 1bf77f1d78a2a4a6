-- Most codes are never settled, and need no place among those that are.
DROP INDEX device_codes_by_settling;
CREATE INDEX device_codes_by_settling ON device_codes (settled_at) WHERE settled_at IS NOT NULL;
