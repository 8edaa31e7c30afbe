-- Every hash of the store that a row cites, once; cited as an artifact alone, its kind is artifact.
-- Columns: hash, kind.
SELECT hash, max(kind) AS kind FROM store_reference WHERE hash IS NOT NULL GROUP BY hash;
