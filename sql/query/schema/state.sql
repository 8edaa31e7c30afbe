-- What was applied. Columns: version, hash (null before the first replacement).
SELECT coalesce(max(version), 0) AS version, (SELECT hash FROM marvin.schema_replaced) AS hash
FROM marvin.schema_version;
