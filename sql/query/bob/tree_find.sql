-- What is known of a tree. $1 name. Columns: id, kind, definition_hash, polled, queued (hashes of what
-- was gone through, null: nothing).
SELECT id, kind, definition_hash, polled, queued FROM tree WHERE name = $1;
