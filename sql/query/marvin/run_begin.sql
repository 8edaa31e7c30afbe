-- Begins or resumes a run. $1 token, $2 job, $3 boot id, $4 mode, $5 seed.
-- Columns: run_id, seed, resumed, done.
SELECT run_id, seed, resumed, done FROM run_begin($1, $2, $3, $4, $5);
