-- What befell a machine, the latest first, twenty at most. $1 machine.
-- Columns: at (seconds since 1970), event, reason, who.
SELECT extract(epoch FROM e.at)::bigint AS at, e.event, e.reason, e.who
FROM machine_event e JOIN machine m ON m.id = e.machine_id WHERE m.name = $1 ORDER BY e.id DESC LIMIT 20;
