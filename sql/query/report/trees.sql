-- All trees. Columns: id, name.
SELECT id, name FROM tree ORDER BY name COLLATE "C"
