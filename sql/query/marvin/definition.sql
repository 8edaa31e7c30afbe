-- A stored definition. $1 hash. Columns: kind, name, body.
SELECT kind, name, body FROM definition WHERE hash = $1;
