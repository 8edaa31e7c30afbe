-- A tree and the definition it goes by now. $1 name, $2 kind, $3 hash of the definition. Columns: id.
SELECT tree_store($1, $2, $3) AS id;
