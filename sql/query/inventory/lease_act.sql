-- Says that a command acts under a lease, while this connection lives. $1 token. Column: held, false when it is over.
SELECT lease_act($1) AS held;
