-- What the run's machine is. $1 token, $2 run, $3 hash, $4 hash of must, $5 must, $6 note, $7 info.
-- Columns: epoch_id, epoch_number, opened.
SELECT epoch_id, epoch_number, opened FROM run_fingerprint($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb);
