-- Releases by name. $1 name, $2 tree or null: all trees. Columns: tree_id, tree, name, subject_id.
SELECT t.id AS tree_id, t.name AS tree, r.name, r.subject_id
FROM release r JOIN tree t ON t.id = r.tree_id
WHERE r.name = $1 AND ($2::text IS NULL OR t.name = $2::text)
ORDER BY t.name COLLATE "C"
