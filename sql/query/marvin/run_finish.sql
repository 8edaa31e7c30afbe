-- Ends a run. $1 token, $2 run, $3 state, $4 message, $5 finding or null, $6 hash of the console or null.
-- Column: finished.
SELECT run_finish($1, $2, $3, $4, $5, $6) AS finished;
