-- What people do to the queue, and a view of it with reasons.
DROP VIEW IF EXISTS queue_view;

-- Open jobs in the order in which they will be taken, and why each waits. before: jobs ahead of it
-- in the same queue. about_s: seconds until it starts, from the last boots of that machine, or null.
CREATE VIEW queue_view AS
WITH pace AS (
    SELECT machine_id, avg(took) AS boot_s FROM (
        SELECT machine_id, extract(epoch FROM ended_at - started_at)::float8 AS took,
               row_number() OVER (PARTITION BY machine_id ORDER BY id DESC) AS nth
        FROM run WHERE state = 'accepted') r WHERE nth <= 20 GROUP BY machine_id
), open AS (
    SELECT j.id, j.kind, j.state, j.priority, j.reason, j.claimed_by, j.attempts, j.boot, j.queued_at, j.needs_job_id,
           m.name AS machine, m.id AS machine_id, m.state AS machine_state, b.plan, b.boots,
           t.name AS tree, s.revision,
           (SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.sort_key LIMIT 1) AS release,
           row_number() OVER (PARTITION BY j.kind, j.machine_id, j.state IN ('queued')
                              ORDER BY j.priority, j.rank, j.id) - 1 AS before
    FROM job j LEFT JOIN battery b ON b.id = j.battery_id LEFT JOIN machine m ON m.id = j.machine_id
    JOIN subject s ON s.id = coalesce(j.subject_id, b.subject_id) JOIN tree t ON t.id = s.tree_id
    WHERE j.state IN ('waiting', 'queued', 'held', 'claimed')
)
SELECT o.id, o.kind, o.state, CASE o.priority WHEN 10 THEN 'urgent' WHEN 20 THEN 'bisect' WHEN 30 THEN 'normal'
                                              WHEN 40 THEN 'backfill' ELSE o.priority::text END AS priority,
       o.tree, coalesce(o.release, left(o.revision, 12)) AS release, o.machine, o.plan,
       CASE WHEN o.kind = 'boot' THEN o.boot || '/' || o.boots END AS boot, o.attempts, o.before,
       CASE WHEN o.state = 'queued' AND o.kind = 'boot' THEN o.before * p.boot_s END AS about_s,
       CASE o.state
           WHEN 'claimed' THEN 'at ' || o.claimed_by
           WHEN 'held' THEN 'held' || coalesce(': ' || o.reason, '')
           WHEN 'waiting' THEN 'waits for the build, job ' || o.needs_job_id
           ELSE CASE WHEN o.kind = 'build' THEN 'waits for a builder'
                     WHEN o.machine_state <> 'ok' THEN 'waits: ' || o.machine || ' is ' || o.machine_state
                     ELSE 'waits for ' || o.machine END
                || CASE WHEN o.before > 0 THEN ', ' || o.before || ' before it' ELSE '' END
                || coalesce('; last attempt: ' || o.reason, '') END AS reason,
       o.queued_at
FROM open o LEFT JOIN pace p ON p.machine_id = o.machine_id
ORDER BY o.kind, o.machine NULLS FIRST, o.state = 'claimed' DESC, o.state, o.before, o.id;

-- One change that a person asks for; the new state of the job, or NULL where it does not apply.
CREATE OR REPLACE FUNCTION job_change(p_job_id bigint, p_verb text, p_argument text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    j job;
    n text;
BEGIN
    SELECT * INTO j FROM job WHERE id = p_job_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no job %', p_job_id USING ERRCODE = 'no_data_found';
    END IF;
    CASE p_verb
    WHEN 'hold' THEN
        UPDATE job SET state = 'held', reason = p_argument WHERE id = j.id AND state IN ('queued', 'waiting') RETURNING state INTO n;
    WHEN 'release' THEN
        UPDATE job SET reason = NULL,
            state = CASE WHEN needs_job_id IS NOT NULL AND (SELECT state FROM job b WHERE b.id = j.needs_job_id) <> 'done'
                         THEN 'waiting' ELSE 'queued' END
        WHERE id = j.id AND state = 'held' RETURNING state INTO n;
    WHEN 'cancel' THEN
        UPDATE job SET state = 'cancelled', reason = p_argument, ended_at = marvin_now()
        WHERE id = j.id AND state IN ('queued', 'waiting', 'held') RETURNING state INTO n;
        IF n IS NOT NULL AND j.kind = 'build' THEN
            PERFORM queue_follow_build(j.id);
        ELSIF n IS NOT NULL THEN
            PERFORM battery_settle(j.battery_id);
        END IF;
    WHEN 'retry' THEN
        UPDATE job SET state = 'queued', attempts = 0, reason = NULL, ended_at = NULL
        WHERE id = j.id AND state IN ('failed', 'cancelled') RETURNING state INTO n;
        IF n IS NOT NULL AND j.kind = 'boot' THEN
            PERFORM build_again(j.needs_job_id);
            UPDATE job SET state = 'waiting', artifact_hash = b.artifact_hash FROM job b
            WHERE job.id = j.id AND b.id = j.needs_job_id AND b.state <> 'done' RETURNING job.state INTO n;
            n := coalesce(n, 'queued');
            UPDATE battery SET state = 'pending', completed_at = NULL WHERE id = j.battery_id AND state IN ('failed', 'complete');
        ELSIF n IS NOT NULL THEN
            UPDATE battery SET state = 'pending', completed_at = NULL
            WHERE state = 'failed' AND id IN (SELECT battery_id FROM job WHERE needs_job_id = j.id);
            UPDATE job SET state = 'waiting', reason = NULL, ended_at = NULL WHERE needs_job_id = j.id AND state = 'failed';
        END IF;
    WHEN 'move' THEN
        UPDATE job SET priority = CASE p_argument WHEN 'urgent' THEN 10 WHEN 'bisect' THEN 20 WHEN 'normal' THEN 30
                                                  WHEN 'backfill' THEN 40 ELSE priority END,
            rank = CASE p_argument WHEN 'first' THEN (SELECT coalesce(min(rank), 0) - 1 FROM job
                                                      WHERE state = 'queued' AND priority = j.priority)
                                   WHEN 'last' THEN (SELECT coalesce(max(rank), 0) + 1 FROM job
                                                     WHERE state = 'queued' AND priority = j.priority) ELSE rank END
        WHERE id = j.id AND state IN ('queued', 'waiting', 'held') RETURNING state INTO n;
    END CASE;
    IF n = 'queued' THEN
        PERFORM pg_notify(CASE WHEN j.kind = 'build' THEN 'marvin_build' ELSE 'marvin_boot' END, j.id::text);
    END IF;
    RETURN n;
END $$;

-- Every hash of the store that a row cites, for store verify and gc.
CREATE OR REPLACE VIEW store_reference AS
SELECT hash, 'artifact'::text AS kind FROM artifact WHERE removed_at IS NULL
UNION SELECT log_hash, 'build log' FROM build WHERE log_hash IS NOT NULL
UNION SELECT raw_hash, 'raw' FROM trial WHERE raw_hash IS NOT NULL
UNION SELECT console_hash, 'console' FROM run WHERE console_hash IS NOT NULL
UNION SELECT f->>'hash', 'raw' FROM import, jsonb_array_elements(files) f
UNION SELECT body->>'folder', 'benchmark' FROM definition WHERE kind = 'benchmark';

-- Artifacts that nobody needs any more: p_days old, of no release, cited by no bisection, and no
-- open job waits for them. Marked as removed unless p_dry; whoever asks for such a boot later has
-- it built again (queue_build). The objects go when they are old and uncited.
CREATE OR REPLACE FUNCTION artifact_expire(p_days int, p_dry bool) RETURNS TABLE (hash text, bytes bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM job WHERE kind = 'build' AND state = 'done' AND artifact_hash IS NOT NULL ORDER BY id FOR UPDATE;
    RETURN QUERY
        WITH old AS (
            SELECT a.hash, a.bytes FROM artifact a
            WHERE a.removed_at IS NULL AND a.created_at < marvin_now() - make_interval(days => p_days)
              AND NOT EXISTS (
                  SELECT 1 FROM build bu JOIN job j ON j.id = bu.job_id
                  WHERE bu.artifact_hash = a.hash
                    AND (EXISTS (SELECT 1 FROM release r WHERE r.subject_id = j.subject_id)
                         OR EXISTS (SELECT 1 FROM bisection_request q JOIN battery b ON b.id = q.battery_id
                                    WHERE b.subject_id = j.subject_id)
                         OR EXISTS (SELECT 1 FROM job o WHERE o.needs_job_id = j.id
                                    AND o.state IN ('waiting', 'queued', 'held', 'claimed'))))
              AND NOT EXISTS (SELECT 1 FROM job o WHERE o.artifact_hash = a.hash
                              AND o.state IN ('waiting', 'queued', 'held', 'claimed'))
        ), gone AS (
            UPDATE artifact SET removed_at = marvin_now() FROM old
            WHERE artifact.hash = old.hash AND NOT p_dry RETURNING 1)
        SELECT hash, bytes FROM old ORDER BY hash;
END $$;
