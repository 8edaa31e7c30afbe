-- One bisection. $1 id. Columns: id, tree, tree_id, good, bad, trial_key, metric, machines,
-- machine_ids (as text: {1,2}), options, state, why, asked_by, created_at,
-- age_s (until it ended).
SELECT b.id, t.name AS tree, b.tree_id, b.good, b.bad, b.trial_key, b.metric,
       (SELECT array_agg(m.name ORDER BY w.i) FROM unnest(b.machine_ids) WITH ORDINALITY w(id, i)
        JOIN machine m USING (id)) AS machines,
       b.machine_ids, b.options::text AS options, b.state, b.why, b.asked_by,
       extract(epoch FROM b.created_at)::bigint AS created_at,
       extract(epoch FROM coalesce(b.ended_at, marvin_now()) - b.created_at)::float8 AS age_s
FROM bisection b JOIN tree t ON t.id = b.tree_id
WHERE b.id = $1
