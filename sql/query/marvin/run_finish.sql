-- Ends a run. $1 token, $2 run, $3 state, $4 message. Column: finished.
SELECT run_finish($1, $2, $3, $4, NULL, NULL) AS finished;
