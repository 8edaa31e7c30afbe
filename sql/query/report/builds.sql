-- Attempts at builds, ours and those of others, the oldest first; with $9 a row for each unit of that
-- name. Patterns are of LIKE, null for any: $1 tree, $2 release (any name of its commit; the row has the
-- one that matches), $3 target, $4 builder, $5 arch, $6 distro, $7 toolchain, $8 state, $9 unit (a package,
-- directory, task or step), $10 failed step or fault, $11 key. Times, null for none: $12 from, $13 to
-- (seconds since 1970), $14 from so many seconds ago. Columns: key, tree, release, target, arch, distro,
-- toolchain, builder, started_s, ended_s, state, failed_step, fault (kind of failure), error (the line of
-- the log that says so), remedy (of the kind), message, log_hash, artifact_hash, artifact_bytes, files,
-- clean, cpu_s, facts, subject_id, job_id and job_state (null for others' builds), unit_kind, unit, unit_s.
SELECT r.key, r.tree, coalesce(x.name, r.release) AS release, r.target, r.arch, r.distro, r.toolchain, r.builder,
       extract(epoch FROM r.started_at)::float8 AS started_s, extract(epoch FROM r.ended_at)::float8 AS ended_s,
       r.state, r.failed_step, r.fault, r.error, r.remedy, r.message, r.log_hash, r.artifact_hash, r.artifact_bytes,
       r.files, r.clean, r.cpu_s, r.facts, r.subject_id, r.job_id, r.job_state,
       u.kind AS unit_kind, u.name AS unit, u.took_s AS unit_s
FROM build_record r
LEFT JOIN build_unit u ON $9::text IS NOT NULL AND u.name LIKE $9
     AND (u.build_id = r.build_id OR u.foreign_id = r.foreign_id)
LEFT JOIN LATERAL (SELECT o.name FROM release o WHERE o.subject_id = r.subject_id AND o.name LIKE $2
                   AND r.release NOT LIKE $2 ORDER BY o.sort_key LIMIT 1) x ON $2::text IS NOT NULL
WHERE ($1::text IS NULL OR r.tree LIKE $1) AND ($2::text IS NULL OR r.release LIKE $2 OR x.name IS NOT NULL)
  AND ($3::text IS NULL OR r.target LIKE $3) AND ($4::text IS NULL OR r.builder LIKE $4)
  AND ($5::text IS NULL OR r.arch LIKE $5) AND ($6::text IS NULL OR r.distro LIKE $6)
  AND ($7::text IS NULL OR r.toolchain LIKE $7) AND ($8::text IS NULL OR r.state LIKE $8)
  AND ($9::text IS NULL OR u.name IS NOT NULL)
  AND ($10::text IS NULL OR r.failed_step LIKE $10 OR r.fault LIKE $10)
  AND ($11::text IS NULL OR r.key LIKE $11)
  AND ($12::float8 IS NULL OR r.ended_at >= to_timestamp($12)) AND ($13::float8 IS NULL OR r.started_at <= to_timestamp($13))
  AND ($14::float8 IS NULL OR r.ended_at >= marvin_now() - make_interval(secs => $14))
ORDER BY r.sort_key, r.started_at, r.key, u.start_s;
