-- The farm. Columns: proxy, jobs_per_core, versions (JSON), waiting, silent_s (since its proxy was
-- last heard of). No row: nobody serves one.
SELECT proxy, jobs_per_core, versions::text AS versions, waiting,
       extract(epoch FROM marvin_now() - seen_at)::float8 AS silent_s
FROM farm;
