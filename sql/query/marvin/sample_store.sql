-- Stores a later extraction of a trial. $1 run, $2 trial, $3 state, $4 message, $5 samples.
-- Column: extraction, null where the samples are what they were.
SELECT sample_store($1, $2, $3, $4, $5::jsonb) AS extraction;
