-- How often a battery's boots were raised by the width of its intervals (plan setting `stop`).
ALTER TABLE battery ADD COLUMN extensions int NOT NULL DEFAULT 0;
