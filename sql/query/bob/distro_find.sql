-- What is known of a distro. $1 name. Columns: id, definition_hash.
SELECT id, definition_hash FROM distro WHERE name = $1;
