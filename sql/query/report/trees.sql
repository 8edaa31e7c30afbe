-- All trees. Columns: id, name, kind, baseline (as its definition has it, or null).
SELECT t.id, t.name, t.kind, d.body->>'baseline' AS baseline
FROM tree t JOIN definition d ON d.hash = t.definition_hash
ORDER BY t.name COLLATE "C"
