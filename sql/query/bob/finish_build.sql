-- Ends a build. $1 token, $2 state, $3 exit status, $4 elapsed s, $5 user s, $6 system s, $7 message,
-- $8 hash of the log, $9 hash of the artifact, $10 its bytes, $11 its files (JSON), $12 facts (JSON).
-- Columns: ours (false: the claim is another's by now, and nothing was changed).
SELECT finish_build($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb) AS ours;
