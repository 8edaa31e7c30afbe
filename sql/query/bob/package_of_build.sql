-- What a build job of a package tree is to fetch. $1 job id. Columns: subject_id, package, version, hash.
SELECT s.id AS subject_id, s.package, s.revision AS version, s.package_hash AS hash
FROM job j JOIN subject s ON s.id = j.subject_id WHERE j.id = $1 AND s.package IS NOT NULL;
