-- Whether a definition is stored. $1 hash. Columns: is_known.
SELECT EXISTS (SELECT 1 FROM definition WHERE hash = $1) AS is_known;
