-- A package version as a subject. $1 tree id, $2 version, $3 package, $4 SHA-256 of the .deb,
-- $5 summary. Columns: subject_id, is_other (known with another package or content).
SELECT subject_id, is_other FROM package_store($1, $2, $3, $4, $5);
