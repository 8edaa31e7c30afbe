-- What each machine had in its last boot with a fingerprint: versions of its tools and system. $1 part of a name, or
-- null for all. Columns: machine, tool, version, at (seconds since 1970).
SELECT m.name AS machine, e.key AS tool, e.value AS version, extract(epoch FROM r.started_at)::bigint AS at
FROM machine m
JOIN LATERAL (SELECT * FROM run WHERE machine_id = m.id AND fingerprint_hash IS NOT NULL ORDER BY id DESC LIMIT 1) r ON true
JOIN fingerprint f ON f.hash = r.fingerprint_hash
JOIN LATERAL (SELECT * FROM jsonb_each_text(f.note || f.info)) e ON true
WHERE e.key IN ('system', 'kernel', 'libc', 'microcode', 'firmware', 'packages')
   OR ($1::text IS NOT NULL AND e.key ILIKE '%' || $1 || '%')
ORDER BY e.key COLLATE "C", e.value, m.name COLLATE "C";
