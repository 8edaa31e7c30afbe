-- Whether the recipe that builds a bisection's commits can lay their code out otherwise: it says
-- MARVIN_LAYOUT, or builds a kernel, which is configured for it. $1 bisection, $2 revision.
-- Columns: knows_layout; no row: nothing was built yet.
SELECT strpos(d.body->>'text', 'MARVIN_LAYOUT') > 0 OR d.body ? 'files' AS knows_layout
FROM bisection b
JOIN subject s ON s.tree_id = b.tree_id AND s.revision = $2
JOIN job j ON j.subject_id = s.id AND j.kind = 'build'
JOIN definition d ON d.hash = j.recipe_hash
WHERE b.id = $1
ORDER BY j.id DESC LIMIT 1
