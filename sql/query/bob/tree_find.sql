-- What is known of a tree. $1 name. Columns: id, kind, definition_hash.
SELECT id, kind, definition_hash FROM tree WHERE name = $1;
