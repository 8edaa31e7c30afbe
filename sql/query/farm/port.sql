-- $1 what the nodes of a pool have in common, $2 the first port. Columns: port.
SELECT farm_port($1, $2) AS port;
