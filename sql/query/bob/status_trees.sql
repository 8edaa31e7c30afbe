-- What is known of each tree. Columns: tree, polled_s, last_slot_s, last_error, releases, newest,
-- queued, running, done, failed (build jobs), open, ended (batteries).
SELECT t.name AS tree, floor(extract(epoch FROM c.last_at))::bigint AS polled_s,
       floor(extract(epoch FROM c.last_slot))::bigint AS last_slot_s, c.last_error,
       r.releases, r.newest, j.queued, j.running, j.done, j.failed, b.open, b.ended
FROM tree t
LEFT JOIN schedule c ON c.kind = 'tree' AND c.name = t.name
CROSS JOIN LATERAL (SELECT count(*) AS releases, (array_agg(x.name ORDER BY x.sort_key DESC, x.name DESC))[1] AS newest
                    FROM release x WHERE x.tree_id = t.id) r
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.state IN ('queued', 'held', 'waiting')) AS queued,
                           count(*) FILTER (WHERE x.state = 'claimed') AS running,
                           count(*) FILTER (WHERE x.state = 'done') AS done,
                           count(*) FILTER (WHERE x.state = 'failed') AS failed
                    FROM job x JOIN subject s ON s.id = x.subject_id
                    WHERE x.kind = 'build' AND s.tree_id = t.id) j
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.state = 'pending') AS open,
                           count(*) FILTER (WHERE x.state <> 'pending') AS ended
                    FROM battery x JOIN subject s ON s.id = x.subject_id WHERE s.tree_id = t.id) b
ORDER BY t.name;
