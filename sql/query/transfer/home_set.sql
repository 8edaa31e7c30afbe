-- $1 id of the folder of the store, $2 how many bytes may be on their way at once.
-- Columns: changed (true: it was another folder before).
SELECT coalesce(home_store_set($1, $2), false) AS changed;
