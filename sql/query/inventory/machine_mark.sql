-- Takes a machine out of service or back. $1 machine, $2 quarantined or fit, $3 reason, $4 who. Column: done.
SELECT machine_mark($1, $2, $3, $4, NULL) AS done;
