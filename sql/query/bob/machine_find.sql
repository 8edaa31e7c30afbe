-- What is known of a machine. $1 name. Columns: id.
SELECT id FROM machine WHERE name = $1;
