-- What was carried out now. $1 kind, $2 name, $3 expression, $4 slot served (seconds since 1970;
-- null: it failed, and the slot stays to be served), $5 error or null.
INSERT INTO schedule (kind, name, expression, last_at, last_slot, last_error)
VALUES ($1, $2, $3, marvin_now(), to_timestamp($4::float8), $5)
ON CONFLICT (kind, name) DO UPDATE SET expression = excluded.expression, last_at = excluded.last_at,
    last_slot = coalesce(excluded.last_slot, schedule.last_slot), last_error = excluded.last_error;
