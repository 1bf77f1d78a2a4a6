-- What the provider last said of each when it was asked, when, and what is left there.
ALTER TABLE connections ADD COLUMN health TEXT;
ALTER TABLE connections ADD COLUMN checked_at BIGINT;
ALTER TABLE connections ADD COLUMN left_there TEXT;
