-- A trial of an imported run. $1 run, $2 benchmark, $3 definition, $4 parameters, $5 key, $6 position, $7 state, $8 message,
-- $9 started, $10 ended, $11 raw files in the store, $12 samples. Column: id (null: it was there).
SELECT import_trial($1, $2, $3::jsonb, $4::jsonb, $5, $6, $7, $8, $9::timestamptz, $10::timestamptz, $11, $12::jsonb) AS id;
