-- The changes that are known, by release. $1 tree or null: all.
SELECT t.name AS tree, r.name AS since, c.trial_key, m.benchmark, m.name AS metric, m.unit, mc.name AS machine, d.name AS distro,
       c.before, c.after, c.ratio, c.ci_low, c.ci_high, c.p, to_char(c.found_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS found,
       ran.mode
FROM change c
JOIN tree t ON t.id = c.tree_id
JOIN metric m ON m.id = c.metric_id
JOIN machine mc ON mc.id = c.machine_id
JOIN distro d ON d.id = c.distro_id
JOIN subject s ON s.id = c.subject_id
LEFT JOIN LATERAL (
    SELECT name, sort_key FROM release WHERE subject_id = s.id ORDER BY sort_key, id LIMIT 1) r ON true
LEFT JOIN LATERAL (
    SELECT run.mode FROM run JOIN battery b ON b.id = run.battery_id
    WHERE b.subject_id = s.id AND b.machine_id = c.machine_id AND b.distro_id = c.distro_id AND run.state = 'accepted'
        AND run.epoch_id IS NOT DISTINCT FROM c.epoch_id
    ORDER BY run.id LIMIT 1) ran ON true
WHERE $1::text IS NULL OR t.name = $1::text
ORDER BY t.name, r.sort_key, c.trial_key, m.name, mc.name, d.name
