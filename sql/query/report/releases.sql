-- The releases of a tree in version order; a pre-release only where something was asked for.
-- $1 tree id. Columns: subject_id, name, revision, summary, date, prerelease.
SELECT r.subject_id, r.name, s.revision, s.summary, r.prerelease,
       to_char(r.released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date
FROM release r JOIN subject s ON s.id = r.subject_id
WHERE r.tree_id = $1
  AND (NOT r.prerelease OR EXISTS (SELECT 1 FROM battery b WHERE b.subject_id = r.subject_id))
ORDER BY r.sort_key, r.id
