-- $1 hash of an object that came damaged, $2 why.
SELECT transfer_reject($1, $2);
