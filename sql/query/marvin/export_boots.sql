-- The boots of a selection as benchmarks/formats/bundle.h has them, with the trials that are selected. $1 benchmark,
-- $2 machine, $3 tree, $4 release, $5 plan, each may be null. Columns: boot (JSON).
SELECT jsonb_build_object(
    'tree', tr.name, 'kind', tr.kind, 'release', x.name, 'released', x.released_at, 'revision', s.revision,
    'machine', m.name, 'distro', d.name, 'plan', b.plan,
    'margin', CASE WHEN r.mode = 'icount' THEN p.body->'margin_icount' ELSE p.body->'margin' END,
    'mode', r.mode, 'epoch', e.number, 'boot', j.boot, 'started', r.started_at, 'ended', r.ended_at,
    'format', coalesce(i.format, 'marvin'), 'source', coalesce(i.source, format('%s boot %s', b.plan, j.boot)),
    'content', coalesce(i.content_hash, run_identity(r.id)), 'files', coalesce(i.files, '[]'),
    'facts', coalesce(i.facts, '{}'), 'must', coalesce(f.must, '{}'), 'note', coalesce(f.note, '{}'),
    'info', coalesce(f.info, '{}'), 'trials', t.trials)::text AS boot
FROM run r
JOIN job j ON j.id = r.job_id
JOIN battery b ON b.id = r.battery_id
JOIN definition p ON p.hash = b.plan_hash
JOIN subject s ON s.id = b.subject_id
JOIN tree tr ON tr.id = s.tree_id
JOIN machine m ON m.id = b.machine_id
JOIN distro d ON d.id = b.distro_id
LEFT JOIN machine_epoch e ON e.id = r.epoch_id
LEFT JOIN fingerprint f ON f.hash = r.fingerprint_hash
LEFT JOIN import i ON i.run_id = r.id
LEFT JOIN LATERAL (SELECT y.name, y.sort_key, y.released_at FROM release y
                   WHERE y.subject_id = s.id AND ($4::text IS NULL OR y.name = $4)
                   ORDER BY y.sort_key LIMIT 1) x ON true
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'benchmark', t.benchmark, 'definition', bd.body, 'params', t.params, 'key', t.trial_key, 'state', t.state,
               'message', t.message, 'started', t.started_at, 'ended', t.ended_at, 'raw_hash', t.raw_hash,
               'samples', coalesce(sa.samples, '[]')) ORDER BY t.run_id, t.position, t.id) AS trials
    FROM counted_run c
    JOIN trial t ON t.run_id = c.run_id
    LEFT JOIN definition bd ON bd.hash = t.benchmark_hash
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'metric', jsonb_build_object(
                       'name', mt.name, 'unit', mt.unit, 'better', mt.better, 'statistic', mt.statistic, 'margin', mt.margin,
                       'resolution', mt.resolution, 'deterministic', mt.deterministic, 'meaningful', to_jsonb(mt.meaningful),
                       'identity', mt.identity),
                   'state', q.state, 'message', q.message, 'position', to_jsonb(q.position), 'value', to_jsonb(q.value))
               ORDER BY q.metric_id) AS samples
        FROM sample q JOIN metric mt ON mt.id = q.metric_id
        WHERE q.run_id = t.run_id AND q.trial_id = t.id AND q.extraction = (
            SELECT max(z.extraction) FROM sample z WHERE z.run_id = t.run_id AND z.trial_id = t.id)) sa ON true
    WHERE c.accepted_run_id = r.id AND ($1::text IS NULL OR t.benchmark = $1)) t
WHERE r.state = 'accepted' AND t.trials IS NOT NULL AND ($2::text IS NULL OR m.name = $2)
  AND ($3::text IS NULL OR tr.name = $3) AND ($4::text IS NULL OR x.name IS NOT NULL) AND ($5::text IS NULL OR b.plan = $5)
ORDER BY tr.name COLLATE "C", x.sort_key NULLS LAST, s.id, m.name COLLATE "C", d.name COLLATE "C", b.plan COLLATE "C", j.boot;
