-- Asks for a machine. $1 machine, $2 holder, $3 holder key, $4 purpose, $5 seconds, $6 guard in
-- seconds. Columns: granted, token, holder, purpose, ends_at, left_s.
SELECT granted, token, holder, purpose, to_char(ends_at, 'YYYY-MM-DD HH24:MI UTC') AS ends_at, left_s
FROM lease_take($1, $2, $3, $4, $5, $6);
