-- $1 hash of an object: one takes it at a time. Columns: ours.
SELECT pg_try_advisory_lock(hashtextextended('transfer ' || $1, 0)) AS ours;
