-- The environments of some runs. $1 fingerprint hashes. Columns: hash, must, note, info (JSON objects).
SELECT hash, must::text AS must, note::text AS note, info::text AS info
FROM fingerprint WHERE hash = ANY ($1::text[]) ORDER BY hash
