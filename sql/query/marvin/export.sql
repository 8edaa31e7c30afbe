-- The samples that count, of a selection: one row a boot, trial and metric. $1 benchmark, $2 machine, $3 tree, $4 release,
-- $5 plan, each may be null. Columns: tree, release (null: none), revision, machine, distro, plan, boot, job_id, run_id,
-- epoch, mode, benchmark, params, trial_key, metric (null: the trial failed before any), unit, better, statistic, state,
-- message, position, value, run_name (in a file; equal in every database).
WITH named AS MATERIALIZED (SELECT a.job_id, run_name(a.id) AS run_name FROM run a WHERE a.state = 'accepted')
SELECT tr.name AS tree, x.name AS release, s.revision, m.name AS machine, d.name AS distro, bs.plan, bs.boot, bs.job_id,
       bs.run_id, e.number AS epoch, bs.mode, bs.benchmark, bs.params, bs.trial_key, mt.name AS metric, mt.unit, mt.better,
       mt.statistic, bs.state, bs.message, bs.position, bs.value, n.run_name
FROM boot_sample bs
JOIN named n ON n.job_id = bs.job_id
JOIN tree tr ON tr.id = bs.tree_id
JOIN subject s ON s.id = bs.subject_id
JOIN machine m ON m.id = bs.machine_id
JOIN distro d ON d.id = bs.distro_id
LEFT JOIN machine_epoch e ON e.id = bs.epoch_id
LEFT JOIN metric mt ON mt.id = bs.metric_id
LEFT JOIN LATERAL (SELECT r.name, r.sort_key FROM release r
                   WHERE r.subject_id = s.id AND ($4::text IS NULL OR r.name = $4)
                   ORDER BY r.sort_key LIMIT 1) x ON true
WHERE ($1::text IS NULL OR bs.benchmark = $1) AND ($2::text IS NULL OR m.name = $2) AND ($3::text IS NULL OR tr.name = $3)
  AND ($4::text IS NULL OR x.name IS NOT NULL) AND ($5::text IS NULL OR bs.plan = $5)
ORDER BY tr.name COLLATE "C", x.sort_key NULLS LAST, s.id, m.name COLLATE "C", d.name COLLATE "C", bs.plan COLLATE "C", bs.boot,
         bs.run_id, bs.trial_key COLLATE "C", mt.name COLLATE "C";
