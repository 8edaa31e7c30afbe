-- Batteries of one subject. $1 subject id, $2 machine ids, $3 plan keys. Columns: id, machine,
-- plan, boots, state, what its boots wait for: build_state (null: no build is needed), and where it
-- ended without a boot that is done: reason, jobs (its boots, "8 9 12").
SELECT b.id, m.name AS machine, b.plan, b.boots, b.state, built.state AS build_state,
       CASE WHEN b.state IN ('failed', 'cancelled') THEN coalesce(
           (SELECT message FROM build WHERE job_id = built.id AND built.state = 'failed' ORDER BY build.id DESC LIMIT 1),
           (SELECT min(j.reason) FROM job j WHERE j.battery_id = b.id AND j.state = b.state),
           (SELECT min(j.reason) FROM job j WHERE j.battery_id = b.id)) END AS reason,
       CASE WHEN b.state IN ('failed', 'cancelled') THEN
           (SELECT string_agg(j.id::text, ' ' ORDER BY j.id) FROM job j WHERE j.battery_id = b.id) END AS jobs
FROM battery b JOIN machine m ON m.id = b.machine_id
LEFT JOIN LATERAL (SELECT n.id, n.state FROM job j JOIN job n ON n.id = j.needs_job_id
                   WHERE j.battery_id = b.id ORDER BY j.boot LIMIT 1) built ON true
WHERE b.subject_id = $1 AND b.machine_id = ANY ($2::int[]) AND b.plan_key = ANY ($3::text[])
ORDER BY m.name, b.id;
