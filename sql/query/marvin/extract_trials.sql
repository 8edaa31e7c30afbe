-- The trials of a selection that have their raw files. $1 benchmark, $2 machine, $3 tree, $4 release, $5 plan, each
-- may be null. Columns: run_id, trial_id, benchmark, trial_key, mode, raw_hash, format (of imported trials, else null).
SELECT t.run_id, t.id AS trial_id, t.benchmark, t.trial_key, r.mode, t.raw_hash,
       bd.body->>'format' AS format
FROM trial t
LEFT JOIN definition bd ON bd.hash = t.benchmark_hash
JOIN run r ON r.id = t.run_id
JOIN battery b ON b.id = r.battery_id
JOIN subject s ON s.id = b.subject_id
JOIN tree tr ON tr.id = s.tree_id
JOIN machine m ON m.id = b.machine_id
WHERE t.raw_hash IS NOT NULL
  AND ($1::text IS NULL OR t.benchmark = $1) AND ($2::text IS NULL OR m.name = $2) AND ($3::text IS NULL OR tr.name = $3)
  AND ($4::text IS NULL OR EXISTS (SELECT 1 FROM release x WHERE x.subject_id = s.id AND x.name = $4))
  AND ($5::text IS NULL OR b.plan = $5)
ORDER BY t.run_id, t.id;
