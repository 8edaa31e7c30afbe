-- A machine and the definition it goes by. $1 name, $2 hash of the definition. Columns: id.
SELECT machine_store($1, $2) AS id;
