-- The samples that count, of some subjects: one row a boot, trial and metric (no metric: the trial
-- failed before it printed one). Not what was asked for by hand or by a bisection: boots that were
-- added because of what a page showed would bias it. is_anchor: of a battery that bridges to a later epoch of the
-- machine. $1 subject ids.
SELECT bs.subject_id, bs.machine_id, mc.name AS machine, bs.distro_id, d.name AS distro, bs.plan, bs.job_id, bs.boot,
       bs.run_id, bs.epoch_id, coalesce(e.number, 0) AS epoch, bs.mode, bs.fingerprint_hash, bs.raw_hash,
       r.artifact_hash, coalesce('import ' || (i.facts->>'run'), bs.battery_id::text) AS batch,
       b.asked_by = 'anchor' AS is_anchor,
       bs.benchmark, bs.params::text AS params, bs.trial_key, bs.state, bs.message, bs.value, bs.bound, bs.count,
       bs.metric_id, m.name AS metric, m.unit, m.better, m.statistic, m.identity, m.margin, m.resolution,
       m.deterministic, m.meaningful, p.body->>'margin' AS plan_margin,
       p.body->>'margin_icount' AS plan_margin_icount
FROM boot_sample bs
JOIN machine mc ON mc.id = bs.machine_id
JOIN distro d ON d.id = bs.distro_id
JOIN battery b ON b.id = bs.battery_id
JOIN run r ON r.id = bs.run_id
LEFT JOIN import i ON i.run_id = bs.run_id
JOIN definition p ON p.hash = b.plan_hash
LEFT JOIN machine_epoch e ON e.id = bs.epoch_id
LEFT JOIN metric m ON m.id = bs.metric_id
WHERE bs.subject_id = ANY ($1::bigint[]) AND NOT p.body ? 'realm'
ORDER BY bs.subject_id, bs.job_id, bs.run_id, bs.trial_position, bs.trial_id, bs.metric_id
