-- The machine's next boot job, under its lease. $1 token. One row or none; columns as in claim_boot(),
-- distro (its name), is_kernel (the tree is of kernels), and queued: how many boots of the machine wait behind it.
SELECT c.job_id, c.battery_id, c.boot, c.boots, c.attempt, c.tree, c.revision, c.release, c.plan, c.plan_body,
       c.artifact_hash, (SELECT name FROM distro WHERE id = c.distro_id) AS distro,
       (SELECT kind <> 'program' FROM tree WHERE name = c.tree) AS is_kernel,
       (SELECT count(*) FROM job j WHERE j.kind = 'boot' AND j.state = 'queued' AND j.machine_id = c.machine_id
          AND j.id <> c.job_id) AS queued -- the statement's snapshot has it queued still
FROM claim_boot($1) c;
