-- Renews a lease. $1 token, $2 seconds. Column: left_s, null when it is no longer ours.
SELECT lease_extend($1, $2) AS left_s;
