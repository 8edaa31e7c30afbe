-- Does to a job what a person asks. $1 job, $2 verb, $3 argument or null.
-- Columns: was (its state before; null: there is no such job), now (null: the verb does not apply).
SELECT j.was, CASE WHEN j.was IS NOT NULL THEN job_change($1, $2, $3) END AS now
FROM (SELECT (SELECT state FROM job WHERE id = $1) AS was) j;
