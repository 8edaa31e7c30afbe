-- The failed and cancelled jobs, the latest first. $1 machine or null. Columns as in queue.sql.
SELECT j.id, j.kind, j.state,
       CASE j.priority WHEN 10 THEN 'urgent' WHEN 20 THEN 'bisect' WHEN 30 THEN 'normal' WHEN 40 THEN 'backfill'
                       ELSE j.priority::text END AS priority,
       t.name AS tree,
       coalesce((SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.id LIMIT 1), left(s.revision, 12)) AS release,
       m.name AS machine, b.plan, CASE WHEN j.kind = 'boot' THEN j.boot || '/' || b.boots END AS boot, j.attempts,
       NULL::bigint AS before, NULL::float8 AS takes_s, NULL::float8 AS about_s, j.state || coalesce(': ' || j.reason, '') AS reason,
       extract(epoch FROM j.queued_at)::bigint AS queued_at
FROM job j LEFT JOIN battery b ON b.id = j.battery_id LEFT JOIN machine m ON m.id = j.machine_id
JOIN subject s ON s.id = coalesce(j.subject_id, b.subject_id) JOIN tree t ON t.id = s.tree_id
WHERE j.state IN ('failed', 'cancelled') AND ($1::text IS NULL OR m.name = $1)
ORDER BY j.ended_at DESC NULLS LAST, j.id DESC;
