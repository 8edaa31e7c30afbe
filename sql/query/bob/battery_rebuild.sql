-- Lets the boots that failed with their build wait for another one. $1 battery id, $2 build job.
-- Columns: changed.
SELECT battery_rebuild($1, $2) AS changed;
