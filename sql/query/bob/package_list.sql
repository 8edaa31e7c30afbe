-- The packages that are releases of a tree. $1 tree id. Columns: name, version, package, hash.
SELECT r.name, s.revision AS version, s.package, s.package_hash AS hash
FROM release r JOIN subject s ON s.id = r.subject_id WHERE r.tree_id = $1 ORDER BY r.sort_key, r.name;
