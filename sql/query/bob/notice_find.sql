-- Whether this trouble was noticed before. $1 source, $2 message. Columns: is_known.
SELECT EXISTS (SELECT 1 FROM notice WHERE source = $1 AND message = $2) AS is_known;
