-- What readers see. DROP first: a view's columns may change from version to version.
DROP VIEW IF EXISTS boot_sample, counted_run;

-- The runs whose trials count: accepted ones, and those that an accepted one continues.
CREATE VIEW counted_run AS
WITH RECURSIVE chain(run_id, accepted_run_id, continues_run_id) AS (
    SELECT id, id, continues_run_id FROM run WHERE state = 'accepted'
    UNION
    SELECT r.id, c.accepted_run_id, r.continues_run_id FROM run r JOIN chain c ON r.id = c.continues_run_id)
SELECT run_id, accepted_run_id FROM chain;

-- One row a boot and metric, of the trial's latest extraction. Trials and samples that failed are rows too:
-- their state says so. The unit of replication is job_id: the boot.
CREATE VIEW boot_sample AS
SELECT s2.tree_id, s2.id AS subject_id, b.id AS battery_id, b.machine_id, b.distro_id, b.plan, r.job_id, j.boot,
       r.id AS run_id, r.epoch_id, r.mode, r.fingerprint_hash, t.id AS trial_id, t.benchmark, t.benchmark_hash, t.params,
       t.trial_key, t.position AS trial_position, t.raw_hash, sa.metric_id,
       CASE WHEN t.state = 'failed' AND sa.state IS DISTINCT FROM 'done' THEN 'failed' ELSE coalesce(sa.state, t.state) END AS state,
       coalesce(sa.message, t.message) AS message, sa.position, sa.value, sa.bound, sa.count, t.started_at
FROM counted_run c
JOIN run r ON r.id = c.run_id
JOIN job j ON j.id = r.job_id
JOIN battery b ON b.id = r.battery_id
JOIN subject s2 ON s2.id = b.subject_id
JOIN trial t ON t.run_id = r.id
LEFT JOIN sample sa ON sa.run_id = t.run_id AND sa.trial_id = t.id
     AND sa.extraction = (SELECT max(x.extraction) FROM sample x WHERE x.run_id = sa.run_id AND x.trial_id = sa.trial_id);
