-- Columns: id of the folder of the store (null: nobody has said).
SELECT (SELECT id FROM home_store) AS id;
