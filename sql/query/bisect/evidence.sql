-- Every boot of a bisection's trial on its machines, of any commit of the tree: one row a boot, in
-- the order in which they ran; only of the newest epoch of each machine and the newest definition
-- of the metric. $1 bisection, $2 metric ('' : the only one). Columns: revision, machine_id,
-- battery_id, boot, job_id, state, metric, unit, better, statistic, resolution, value, bound,
-- count, artifact, mode, purpose (null: not asked for by this bisection).
WITH asked AS (SELECT * FROM bisection WHERE id = $1),
newest AS (
    SELECT DISTINCT ON (e.machine_id) e.machine_id, e.id
    FROM machine_epoch e, asked a WHERE e.machine_id = ANY (a.machine_ids)
    ORDER BY e.machine_id, e.number DESC)
SELECT DISTINCT ON (r.started_at, bs.job_id, m.name)
       s.revision, bs.machine_id, bs.battery_id, bs.boot, bs.job_id, bs.state, m.name AS metric, m.unit, m.better,
       m.statistic, m.resolution, bs.value, bs.bound, bs.count, r.artifact_hash AS artifact, bs.mode,
       (SELECT q.purpose FROM bisection_request q WHERE q.bisection_id = a.id AND q.battery_id = bs.battery_id
        AND bs.boot BETWEEN q.first_boot AND q.last_boot LIMIT 1) AS purpose
FROM asked a
JOIN boot_sample bs ON bs.tree_id = a.tree_id AND bs.trial_key = a.trial_key AND bs.machine_id = ANY (a.machine_ids)
JOIN newest e ON e.id = bs.epoch_id
JOIN run r ON r.id = bs.run_id
JOIN subject s ON s.id = bs.subject_id
JOIN metric m ON m.id = bs.metric_id
WHERE ($2 = '' OR m.name = $2)
ORDER BY r.started_at, bs.job_id, m.name, bs.metric_id DESC, bs.trial_position
