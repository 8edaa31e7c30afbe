-- What was carried out. $1 kind (tree or report), $2 name.
-- Columns: last_s, last_slot_s (seconds since 1970, null: never), last_error (null: it went well).
SELECT floor(extract(epoch FROM last_at))::bigint AS last_s,
       floor(extract(epoch FROM last_slot))::bigint AS last_slot_s, last_error
FROM schedule WHERE kind = $1 AND name = $2;
