-- A commit under test. $1 tree id, $2 revision, $3 committed at (seconds since 1970), $4 its first
-- line. Columns: id.
SELECT subject_store($1, $2, to_timestamp($3::float8), $4) AS id;
