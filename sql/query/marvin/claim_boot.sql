-- The machine's next boot job, under its lease. $1 token. One row or none; columns as in claim_boot().
SELECT job_id, battery_id, boot, boots, attempt, tree, revision, release, plan, plan_body, artifact_hash
FROM claim_boot($1);
