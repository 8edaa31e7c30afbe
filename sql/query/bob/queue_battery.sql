-- A battery and its boots, made once. $1 subject id, $2 machine id, $3 distro id, $4 plan, $5 plan
-- key, $6 hash of the plan, $7 boots, $8 priority, $9 asked by, $10 build job.
-- Columns: battery_id, what (new, known or more).
SELECT battery_id, what FROM queue_battery($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
