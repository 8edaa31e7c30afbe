-- The batteries of a tree's subjects. $1 tree id. Columns: id, subject_id, machine_id, distro_id,
-- plan_key, boots, state, recipe_hash (of the build that its boots wait or waited for),
-- build_state.
SELECT b.id, b.subject_id, b.machine_id, b.distro_id, b.plan_key, b.boots, b.state,
       built.recipe_hash, built.state AS build_state
FROM battery b JOIN subject s ON s.id = b.subject_id
LEFT JOIN LATERAL (SELECT n.recipe_hash, n.state FROM job j JOIN job n ON n.id = j.needs_job_id
                   WHERE j.battery_id = b.id ORDER BY j.boot LIMIT 1) built ON true
WHERE s.tree_id = $1;
