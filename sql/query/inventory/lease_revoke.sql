-- Wants a machine back from the holder of a lease. $1 token. Column: ended, true where it is free at once.
SELECT lease_revoke($1) AS ended;
