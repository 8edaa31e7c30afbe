-- Boots that a bisection asked for. $1 bisection, $2 battery, $3 first boot, $4 last boot, $5
-- purpose. Columns: stored (false: the bisection runs no more, or they were known).
SELECT bisection_request_store($1, $2, $3, $4, $5) AS stored
