-- Marks artifacts that nobody needs any more as removed. $1 days, $2 true: only says which.
-- Columns: hash, bytes.
SELECT hash, bytes FROM artifact_expire($1, $2);
