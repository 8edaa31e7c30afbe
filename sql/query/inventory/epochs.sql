-- The epochs of a machine, the latest first. $1 name.
-- Columns: number, started_at (seconds since 1970), reason, runs (accepted ones).
SELECT e.number, extract(epoch FROM e.started_at)::bigint AS started_at, e.reason,
       (SELECT count(*) FROM run r WHERE r.epoch_id = e.id AND r.state = 'accepted') AS runs
FROM machine_epoch e JOIN machine m ON m.id = e.machine_id
WHERE m.name = $1
ORDER BY e.number DESC;
