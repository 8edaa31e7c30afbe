-- The commit of a release. $1 tree, $2 name. Columns: revision.
SELECT s.revision FROM release r JOIN tree t ON t.id = r.tree_id JOIN subject s ON s.id = r.subject_id
WHERE t.name = $1 AND r.name = $2
