-- The built artifacts of a release. $1 name of the release, or the beginning of a revision, $2 tree or null for all.
-- Columns: tree, release, hash.
SELECT DISTINCT ON (t.name) t.name AS tree, coalesce(r.name, s.revision) AS release, j.artifact_hash AS hash
FROM job j JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id
LEFT JOIN release r ON r.subject_id = s.id AND r.name = $1
WHERE j.kind = 'build' AND j.state = 'done' AND j.artifact_hash IS NOT NULL
  AND (r.name IS NOT NULL OR (length($1) >= 7 AND starts_with(s.revision, $1)))
  AND ($2::text IS NULL OR t.name = $2)
ORDER BY t.name, j.ended_at DESC;
