-- A distro. $1 name, $2 hash of its definition or null. Columns: id.
SELECT distro_store($1, $2) AS id;
