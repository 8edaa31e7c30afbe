-- What was asked for of some subjects, and how far it is; the build is the one its boots wait for.
-- $1 subject ids. Not what was asked for by hand or by a bisection (see boots.sql). anchor: the number of
-- the epoch that it bridges to, 0: it is no anchor (queue_anchors).
SELECT b.id, b.subject_id, mc.name AS machine, mc.id AS machine_id, d.name AS distro, d.id AS distro_id, b.plan,
       b.state, b.boots, j.done, j.failed,
       CASE WHEN b.state = 'cancelled'
            THEN 'cancelled' || coalesce(': ' || CASE WHEN bj.state = 'cancelled' THEN coalesce(bj.reason, j.why) ELSE j.why END, '')
            ELSE coalesce(bl.message, j.reason) END AS reason, bj.state AS build,
       coalesce(substring(b.plan_key FROM '#anchor-([0-9]+)$')::int, 0) AS anchor
FROM battery b
JOIN machine mc ON mc.id = b.machine_id
JOIN distro d ON d.id = b.distro_id
JOIN definition p ON p.hash = b.plan_hash AND NOT p.body ? 'realm'
JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'failed') AS failed,
           min(reason) FILTER (WHERE state IN ('failed', 'held')) AS reason,
           min(reason) FILTER (WHERE state = 'cancelled') AS why, min(needs_job_id) AS needs_job_id
    FROM job WHERE battery_id = b.id) j ON true
LEFT JOIN job bj ON bj.id = j.needs_job_id
LEFT JOIN LATERAL (
    SELECT message FROM build WHERE job_id = bj.id AND bj.state = 'failed' ORDER BY id DESC LIMIT 1) bl ON true
WHERE b.subject_id = ANY ($1::bigint[]) AND NOT (b.state = 'cancelled' AND b.asked_by = 'import')
ORDER BY b.id
