-- $1 token of the claim, $2 seconds that it lasts from now, $3 transfer, $4 number of the part,
-- $5 the part, $6 its hash. Columns: next_part (null: the claim is another's; -1: begin
-- again).
SELECT transfer_put($1, $2, $3, $4, $5, $6) AS next_part;
