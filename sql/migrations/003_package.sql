-- A subject of a package tree: its revision is the version, and these say which package it is. A
-- commit has neither.
ALTER TABLE subject ADD COLUMN package text;
ALTER TABLE subject ADD COLUMN package_hash text CHECK (package_hash ~ '^[0-9a-f]{64}$'); -- of the .deb
