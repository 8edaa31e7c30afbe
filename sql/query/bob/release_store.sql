-- A release. $1 tree id, $2 subject id, $3 name, $4 sort key, $5 prerelease, $6 annotated,
-- $7 released at (seconds since 1970). Columns: release_id, what (new, known or moved).
SELECT release_id, what FROM release_store($1, $2, $3, $4, $5, $6, to_timestamp($7::float8));
