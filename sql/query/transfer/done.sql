-- $1 hash of an object that is in the store now.
SELECT transfer_done($1);
