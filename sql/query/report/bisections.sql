-- The bisections of a tree, the newest first. $1 tree id. Columns: id, good, bad (as they were
-- asked for), trial_key, metric, machines, state, why, answer, begun, ended (dates).
SELECT b.id, b.options->>'good' AS good, b.options->>'bad' AS bad, b.trial_key, b.metric, b.state, b.why,
       (SELECT string_agg(m.name, ', ' ORDER BY w.i) FROM unnest(b.machine_ids) WITH ORDINALITY w(id, i)
        JOIN machine m USING (id)) AS machines,
       b.answer::text AS answer, to_char(b.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS begun,
       to_char(b.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS ended
FROM bisection b WHERE b.tree_id = $1 ORDER BY b.id DESC
