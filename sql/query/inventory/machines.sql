-- Every machine, who holds it, and what waits for it. $1 name or null.
-- Columns: name, state, reason, definition, imported (its results came from elsewhere), holder, holder_key, purpose, ends_at (seconds since 1970), left_s (until
-- the end), expired, revoked, token, epoch, queued, done.
SELECT m.name, m.state, m.reason, d.body AS definition, d.body ? 'imported' AS imported, l.holder, l.holder_key, l.purpose,
       extract(epoch FROM l.ends_at)::bigint AS ends_at,
       extract(epoch FROM l.ends_at - marvin_now())::float8 AS left_s,
       marvin_now() >= l.ends_at + make_interval(secs => l.guard_s) AS expired, l.revoked_at IS NOT NULL AS revoked,
       l.token,
       (SELECT max(number) FROM machine_epoch e WHERE e.machine_id = m.id) AS epoch,
       (SELECT count(*) FROM job j WHERE j.machine_id = m.id AND j.state IN ('queued', 'waiting', 'claimed')) AS queued,
       (SELECT count(*) FROM job j WHERE j.machine_id = m.id AND j.state = 'done') AS done
FROM machine m JOIN definition d ON d.hash = m.definition_hash
LEFT JOIN lease l ON l.machine_id = m.id AND l.released_at IS NULL
WHERE $1::text IS NULL OR m.name = $1
ORDER BY m.name COLLATE "C";
