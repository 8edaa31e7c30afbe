-- The most urgent build job that a builder can do, or no row. $1 builder, $2 seconds of the claim.
-- Columns: as the function has them.
SELECT job_id, build_id, token, attempt, tree, revision, release, tree_body::text, recipe_body::text,
       recipe_hash, toolchain, arch
FROM claim_build($1, $2);
