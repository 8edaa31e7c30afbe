-- What a bisection has asked for, and how far it is. $1 bisection. Columns: revision, machine_id,
-- battery_id, first_boot, last_boot, purpose, open (boots that have not ended), failed, done,
-- build_state, build_message (of the build that the boots wait or waited for; null: none),
-- artifact (hash of what was built), reason (of a boot that failed).
SELECT q.revision, q.machine_id, q.battery_id, q.first_boot, q.last_boot, q.purpose, j.open, j.failed, j.done, j.reason,
       n.state AS build_state, n.artifact_hash AS artifact,
       coalesce((SELECT message FROM build WHERE job_id = n.id ORDER BY id DESC LIMIT 1), n.reason) AS build_message
FROM bisection_request q
JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state IN ('waiting', 'queued', 'held', 'claimed')) AS open,
           count(*) FILTER (WHERE state IN ('failed', 'cancelled')) AS failed,
           count(*) FILTER (WHERE state = 'done') AS done, min(needs_job_id) AS needs_job_id,
           min(reason) FILTER (WHERE state = 'failed') AS reason
    FROM job WHERE battery_id = q.battery_id AND boot BETWEEN q.first_boot AND q.last_boot) j ON true
LEFT JOIN job n ON n.id = j.needs_job_id
WHERE q.bisection_id = $1
ORDER BY q.id
