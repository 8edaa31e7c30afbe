-- What is known of a bisection, or how it ended. $1 id, $2 state, $3 why or null, $4 answer.
-- Columns: stored (false: it has ended otherwise).
SELECT bisection_store($1, $2, $3, $4) AS stored
