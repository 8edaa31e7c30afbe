-- A job as it is now. $1 job. Columns: state, reason.
SELECT state, reason FROM job WHERE id = $1;
