-- What readers see of builds.
DROP VIEW IF EXISTS build_record;

-- What a person does about a kind of failure (bob/fault.h), half a sentence; NULL: nothing in
-- particular.
CREATE OR REPLACE FUNCTION fault_remedy(p_fault text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_fault
        WHEN 'compiler-too-new' THEN 'give the release an older compiler by the tree''s toolchains'
        WHEN 'compiler-too-old' THEN 'give the release a newer compiler by the tree''s toolchains'
        WHEN 'missing-tool' THEN 'install it on the builder'
        WHEN 'config' THEN 'see the tree''s config and fragments'
        WHEN 'no-memory' THEN 'give the builder more memory or fewer jobs'
        WHEN 'no-space' THEN 'make room on the builder''s disk' END
$$;

-- Every attempt at a build, ours and those of others, in one form. key: b12 or f3, what people name it by.
CREATE VIEW build_record AS
SELECT 'b' || b.id AS key, b.id AS build_id, NULL::bigint AS foreign_id, t.name AS tree,
       coalesce(r.name, left(s.revision, 12)) AS release, coalesce(r.sort_key, '') AS sort_key,
       coalesce(b.facts->'notes'->>'target', t.name) AS target, j.arch, coalesce(b.facts->>'distro', '') AS distro,
       CASE WHEN s.package IS NOT NULL THEN '' ELSE coalesce(nullif(j.toolchain, ''), 'gcc') END AS toolchain, w.name AS builder, b.started_at,
       coalesce(b.ended_at, CASE WHEN b.state = 'running' THEN marvin_now() ELSE b.started_at END) AS ended_at,
       b.state, b.facts->>'failed_step' AS failed_step, b.facts->>'fault' AS fault, b.facts->>'error' AS error,
       fault_remedy(b.facts->>'fault') AS remedy, coalesce(b.message, j.reason) AS message, b.log_hash,
       b.artifact_hash, a.bytes AS artifact_bytes, jsonb_array_length(a.files) AS files,
       coalesce((b.facts->'notes'->>'ccache-hits')::float8, 0) = 0 AS clean, b.user_s + b.system_s AS cpu_s, b.facts,
       s.id AS subject_id, j.id AS job_id, j.state AS job_state
FROM build b JOIN job j ON j.id = b.job_id JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id
JOIN builder w ON w.id = b.builder_id LEFT JOIN artifact a ON a.hash = b.artifact_hash
LEFT JOIN LATERAL (SELECT x.name, x.sort_key FROM release x WHERE x.subject_id = s.id ORDER BY x.id LIMIT 1) r ON true
UNION ALL
SELECT 'f' || f.id, NULL, f.id, f.tree, f.release, '', f.target, f.arch, f.distro, coalesce(f.facts->>'toolchain', ''), f.builder,
       f.started_at, f.ended_at, f.state, f.failed_step, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       coalesce((f.facts->>'clean')::bool, true), (f.facts->>'cpu_s')::float8, f.facts, NULL, NULL, NULL
FROM foreign_build f;
