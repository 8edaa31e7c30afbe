-- The releases of a name. $1 name, $2 tree or null for all. Columns: tree, name, subject_id, revision.
SELECT t.name AS tree, r.name, r.subject_id, s.revision
FROM release r JOIN tree t ON t.id = r.tree_id JOIN subject s ON s.id = r.subject_id
WHERE r.name = $1 AND ($2::text IS NULL OR t.name = $2) ORDER BY t.name;
