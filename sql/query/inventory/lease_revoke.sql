-- Wants a machine back from the holder of a lease. $1 token. Column: revoked.
SELECT lease_revoke($1) AS revoked;
