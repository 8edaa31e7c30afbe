-- Build jobs that nobody has yet. Columns: n.
SELECT count(*)::int AS n FROM job WHERE kind = 'build' AND state = 'queued';
