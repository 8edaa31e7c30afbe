-- What a boot of a bisection's trial and a build of its tree took lately, seconds. $1 bisection.
-- Columns: run_s, build_s (null: not known).
SELECT (SELECT avg(s) FROM (SELECT extract(epoch FROM r.ended_at - r.started_at)::float8 AS s
                            FROM bisection_request q JOIN run r ON r.battery_id = q.battery_id AND r.state = 'accepted'
                            WHERE q.bisection_id = $1 ORDER BY r.id DESC LIMIT 20) x) AS run_s,
       (SELECT avg(elapsed_s) FROM (SELECT bu.elapsed_s FROM build bu JOIN job j ON j.id = bu.job_id
                                    JOIN subject s ON s.id = j.subject_id JOIN bisection b ON b.tree_id = s.tree_id
                                    WHERE b.id = $1 AND bu.state = 'done' ORDER BY bu.id DESC LIMIT 20) y) AS build_s
