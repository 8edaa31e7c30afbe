-- Every hash of the store that a row cites, once; cited as an artifact alone, its kind is artifact.
-- Without those that are on their way to the store.
-- Columns: hash, kind.
SELECT hash, max(kind) AS kind FROM store_reference WHERE hash IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM transfer t WHERE t.hash = store_reference.hash) GROUP BY hash;
