-- $1 name, $2 whether it is to get nothing new. Columns: found.
SELECT node_drain($1, $2) AS found;
