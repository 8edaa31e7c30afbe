-- Forgets the logs of builds that succeeded. $1 older than so many seconds, $2 whether only to count.
-- Columns: n.
SELECT success_logs_expire($1, $2) AS n;
