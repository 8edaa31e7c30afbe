-- Bisections, the newest first. $1 only the running ones. Columns: id, tree, good, bad (names as
-- they were asked for), trial_key, metric, state, why, culprit, probability, runs, created_at.
SELECT b.id, t.name AS tree, b.options->>'good' AS good, b.options->>'bad' AS bad, b.trial_key, b.metric, b.state, b.why,
       b.answer->>'culprit' AS culprit, (b.answer->>'probability')::float8 AS probability,
       (SELECT count(*) FROM bisection_request q JOIN job j ON j.battery_id = q.battery_id
                                             AND j.boot BETWEEN q.first_boot AND q.last_boot
        WHERE q.bisection_id = b.id AND j.state = 'done') AS runs,
       extract(epoch FROM b.created_at)::bigint AS created_at
FROM bisection b JOIN tree t ON t.id = b.tree_id
WHERE NOT $1::bool OR b.state = 'running'
ORDER BY b.id DESC
