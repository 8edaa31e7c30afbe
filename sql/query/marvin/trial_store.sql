-- Stores a trial with its samples, once. $1 token, $2 run, $3 benchmark, $4 its definition,
-- $5 parameters, $6 key, $7 position, $8 iterations, $9 state, $10 message, $11 started, $12 ended,
-- $13 raw folder in the store, $14 samples. Column: id, null where the run is another's.
SELECT trial_store($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11::timestamptz, $12::timestamptz, $13, $14::jsonb) AS id;
