-- The build jobs of a tree in version order, each with its last attempt. $1 tree. Columns: tree,
-- subject (release, or all of one commit, the first that was found first: "v1.3 = v01.1"; or commit), state, builder, attempts, started_s, elapsed_s, artifact_bytes,
-- log_hash, message, fault (kind of trouble of a failed one), remedy (of that kind), config (+added -removed against the
-- release before), not_honoured (how many options of a kernel were asked for in vain).
SELECT t.name AS tree, coalesce(r.name, left(s.revision, 12)) AS subject, j.state, b.builder, j.attempts,
       floor(extract(epoch FROM b.started_at))::bigint AS started_s, b.elapsed_s, a.bytes AS artifact_bytes,
       b.log_hash, coalesce(b.message, j.reason) AS message, b.facts->>'fault' AS fault,
       fault_remedy(b.facts->>'fault') AS remedy,
       CASE WHEN c.previous IS NOT NULL THEN
           format('+%s -%s from %s', (SELECT count(*) FROM regexp_matches(c.difference, '^\+', 'gn')),
                  (SELECT count(*) FROM regexp_matches(c.difference, '^-', 'gn')), c.previous) END AS config,
       coalesce(jsonb_array_length(b.facts->'notes'->'not-honoured'), 0) AS not_honoured
FROM job j JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id
LEFT JOIN LATERAL (SELECT string_agg(x.name, ' = ' ORDER BY x.id) AS name,
                          (array_agg(x.sort_key ORDER BY x.id))[1] AS sort_key
                   FROM release x WHERE x.subject_id = s.id) r ON true
LEFT JOIN LATERAL (SELECT x.*, w.name AS builder FROM build x JOIN builder w ON w.id = x.builder_id
                   WHERE x.job_id = j.id ORDER BY x.id DESC LIMIT 1) b ON true
LEFT JOIN build_config c ON c.build_id = b.id
LEFT JOIN artifact a ON a.hash = j.artifact_hash
WHERE j.kind = 'build' AND t.name = $1
ORDER BY r.sort_key NULLS LAST, j.id;
