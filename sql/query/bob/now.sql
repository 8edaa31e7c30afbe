-- The time that planning goes by. Columns: now_s (seconds since 1970).
SELECT floor(extract(epoch FROM marvin_now()))::bigint AS now_s;
