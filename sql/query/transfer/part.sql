-- $1 transfer, $2 number of the part. Columns: data.
SELECT data FROM transfer_part WHERE transfer_id = $1 AND n = $2;
