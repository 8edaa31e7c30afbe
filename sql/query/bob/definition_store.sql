-- Keeps a definition by its content. $1 hash, $2 kind, $3 name, $4 body (JSON).
SELECT definition_store($1, $2, $3, $4::jsonb);
