-- What kernels were configured by. $1 tree, $2 key of one build; null: any. Columns: key, config_hash,
-- previous (the release it is compared with; null: none), difference (lines -CONFIG_A=y, +CONFIG_A=m).
SELECT 'b' || c.build_id AS key, c.config_hash, c.previous, c.difference
FROM build_config c JOIN build b ON b.id = c.build_id JOIN job j ON j.id = b.job_id
JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id
WHERE ($1::text IS NULL OR t.name = $1) AND ($2::text IS NULL OR 'b' || c.build_id = $2)
ORDER BY c.build_id;
