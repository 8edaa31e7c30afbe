-- The trees that have a series. $1 trial key, $2 metric, $3 machine, $4 distro or null: any.
-- Columns: tree_id, tree, distro.
SELECT DISTINCT t.id AS tree_id, t.name AS tree, d.name AS distro
FROM battery b
JOIN machine mc ON mc.id = b.machine_id
JOIN distro d ON d.id = b.distro_id
JOIN subject s ON s.id = b.subject_id
JOIN tree t ON t.id = s.tree_id
JOIN run r ON r.battery_id = b.id
JOIN trial tr ON tr.run_id = r.id
JOIN sample sa ON sa.run_id = tr.run_id AND sa.trial_id = tr.id
JOIN metric m ON m.id = sa.metric_id
WHERE tr.trial_key = $1 AND m.name = $2 AND mc.name = $3 AND ($4::text IS NULL OR d.name = $4::text)
ORDER BY t.name, d.name
