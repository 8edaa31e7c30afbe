-- Keeps a machine's definition. $1 hash, $2 name, $3 body.
SELECT definition_store($1, 'machine', $2, $3::jsonb);
