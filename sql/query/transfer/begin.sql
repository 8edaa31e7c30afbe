-- $1 token of the claim, $2 seconds that it lasts from now, $3 hash of the content, $4 of the file,
-- $5 its bytes. Columns: what (go, there, full, lost), id, next_part.
SELECT what, id, next_part FROM transfer_begin($1, $2, $3, $4, $5);
