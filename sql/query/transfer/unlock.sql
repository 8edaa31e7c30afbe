-- $1 hash of an object.
SELECT pg_advisory_unlock(hashtextextended('transfer ' || $1, 0));
