-- The batteries that ended and that no page shows yet. Columns: ids (an array as text), n.
SELECT coalesce(array_agg(id), '{}')::text AS ids, count(*)::int AS n
FROM battery WHERE completed_at IS NOT NULL AND reported_at IS NULL;
