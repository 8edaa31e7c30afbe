-- Makes or renews a machine. $1 name, $2 hash of its definition. Column: id.
SELECT machine_store($1, $2) AS id;
