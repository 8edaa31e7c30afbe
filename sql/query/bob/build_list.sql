-- The build jobs of a tree's subjects. $1 tree id. Columns: subject_id, recipe_hash, toolchain, arch,
-- waits_at (priority of one that nobody has taken yet, else 0), is_gone (built, and the artifact is
-- removed by now).
SELECT j.subject_id, j.recipe_hash, j.toolchain, j.arch,
       CASE WHEN j.state IN ('queued', 'waiting') THEN j.priority ELSE 0 END AS waits_at,
       j.state = 'done' AND a.removed_at IS NOT NULL AS is_gone
FROM job j JOIN subject s ON s.id = j.subject_id LEFT JOIN artifact a ON a.hash = j.artifact_hash
WHERE j.kind = 'build' AND s.tree_id = $1;
