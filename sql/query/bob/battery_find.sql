-- Batteries of one subject. $1 subject id, $2 machine ids, $3 plan keys. Columns: id, machine,
-- plan, boots, state, what its boots wait for: build_state (null: no build is needed).
SELECT b.id, m.name AS machine, b.plan, b.boots, b.state,
       (SELECT n.state FROM job j JOIN job n ON n.id = j.needs_job_id
        WHERE j.battery_id = b.id ORDER BY j.boot LIMIT 1) AS build_state
FROM battery b JOIN machine m ON m.id = b.machine_id
WHERE b.subject_id = $1 AND b.machine_id = ANY ($2::int[]) AND b.plan_key = ANY ($3::text[])
ORDER BY m.name, b.id;
