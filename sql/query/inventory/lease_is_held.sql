-- Whether a lease is still the machine's one living lease. $1 token. Column: held.
SELECT lease_is_held($1) AS held;
