-- One planner for a bisection at a time, while the connection lives. $1 id. Columns: held.
SELECT pg_try_advisory_lock(hashtext('marvin bisection'), $1::int) AS held
