-- A known battery is asked for by its name. $1 battery id, $2 priority, $3 whether what was cancelled of
-- it is queued again. Columns: changed (some was).
SELECT battery_want($1, $2, $3) AS changed;
