-- The build job of a subject, made once. $1 subject id, $2 hash of the tree, $3 hash of the recipe,
-- $4 toolchain, $5 architecture, $6 priority. Columns: job_id.
SELECT queue_build($1, $2, $3, $4, $5, $6) AS job_id;
