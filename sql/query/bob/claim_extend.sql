-- Holds a claim for longer. $1 token, $2 seconds from now. Columns: held (false: it is another's).
SELECT claim_extend($1, $2) AS held;
