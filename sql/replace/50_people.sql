-- What people do to the queue, and a view of it with reasons.
DROP VIEW IF EXISTS queue_view;

CREATE OR REPLACE FUNCTION about_text(p_seconds float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'about ' || CASE WHEN p_seconds < 90 THEN '1 min' WHEN p_seconds < 5400 THEN round(p_seconds / 60) || ' min'
                            WHEN p_seconds < 172800 THEN round(p_seconds / 3600) || ' h'
                            ELSE round(p_seconds / 86400) || ' d' END
$$;

-- Whether whoever claimed a job is gone: the boot's lease and its guard are over, or the build's claim. The next runner
-- or builder takes it up, and until then people may do with it what they may with a queued one.
CREATE OR REPLACE FUNCTION job_is_left(p_job job) RETURNS bool
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT p_job.state = 'claimed' AND NOT coalesce(CASE WHEN p_job.kind = 'boot' THEN lease_is_held(p_job.claim_token)
                                                         ELSE p_job.claim_until > marvin_now() END, false)
$$;

-- What is said where nobody is at work who could take a job: whoever serves a queue shows every few minutes, but one
-- that was never seen may be about to begin. NULL: somebody is.
CREATE OR REPLACE FUNCTION nobody_since(p_what text, p_queued_at timestamptz, p_seen_at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT CASE WHEN p_seen_at IS NULL AND p_queued_at < marvin_now() - interval '10 min' THEN 'no ' || p_what || ' yet'
                WHEN p_seen_at < marvin_now() - interval '10 min'
                THEN format('no %s since %s UTC', p_what, to_char(p_seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) END
$$;

-- Open jobs in the order in which they will be taken, and why each waits. One whose runner or builder is gone counts as
-- queued, before the others. before: jobs ahead of it in the same queue. takes_s: the mean of the last twenty of its machine and plan, or of its tree's
-- builds. about_s: seconds until it starts by these, or null where nothing is known yet or nobody is at work.
CREATE VIEW queue_view AS
WITH boot_took AS (
    SELECT r.machine_id, b.plan_key, extract(epoch FROM r.ended_at - r.started_at)::float8 AS s,
           row_number() OVER (PARTITION BY r.machine_id, b.plan_key ORDER BY r.id DESC) AS nth
    FROM run r JOIN battery b ON b.id = r.battery_id WHERE r.state = 'accepted'
), plan_pace AS (SELECT machine_id, plan_key, avg(s) AS s FROM boot_took WHERE nth <= 20 GROUP BY machine_id, plan_key),
machine_pace AS (SELECT machine_id, avg(s) AS s FROM boot_took WHERE nth <= 20 GROUP BY machine_id),
build_took AS (
    SELECT s.tree_id, extract(epoch FROM b.ended_at - b.started_at)::float8 AS s,
           row_number() OVER (PARTITION BY s.tree_id ORDER BY b.id DESC) AS nth
    FROM build b JOIN job j ON j.id = b.job_id JOIN subject s ON s.id = j.subject_id WHERE b.state = 'done'
), build_pace AS (SELECT tree_id, avg(s) AS s FROM build_took WHERE nth <= 20 GROUP BY tree_id),
at_work AS (SELECT greatest(1, count(*)) AS n FROM builder WHERE last_seen_at > marvin_now() - interval '10 min'),
builder_seen AS (
    SELECT b.name, b.arch, b.toolchains, greatest(b.last_seen_at, (
        SELECT max(least(c.claim_until, marvin_now())) FROM job c
        WHERE c.kind = 'build' AND c.state = 'claimed' AND c.claimed_by = b.name)) AS at FROM builder b
), runner_seen AS (
    SELECT machine_id, max(coalesce(released_at, ends_at)) AS at FROM lease WHERE holder_key LIKE 'runner:%' GROUP BY machine_id
), open AS (
    SELECT j.id, j.kind, CASE WHEN l.is_left THEN 'queued' ELSE j.state END AS state, l.is_left, j.priority, j.rank, j.reason,
           j.queued_at, j.boot, j.battery_id, j.machine_id, j.needs_job_id, j.attempts, j.claimed_by, j.pinned_to, j.arch, j.toolchain,
           m.name AS machine, m.state AS machine_state, m.reason AS machine_reason, b.plan, b.boots, t.name AS tree,
           s.revision, s.tree_id,
           (SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.id LIMIT 1) AS release,
           CASE WHEN j.kind = 'boot' THEN coalesce(pp.s, mp.s) ELSE bp.s END AS takes_s,
           CASE WHEN j.state = 'claimed' AND NOT l.is_left THEN extract(epoch FROM marvin_now() - j.claimed_at)::float8 END AS ran_s,
           j.queued_at < overdue_before() AS overdue,
           CASE WHEN j.state NOT IN ('queued', 'claimed') OR j.state = 'claimed' AND NOT l.is_left THEN NULL
                WHEN j.kind = 'build' THEN nobody_since('builder has been seen', j.queued_at, (
                    SELECT max(w.at) FROM builder_seen w
                    WHERE CASE WHEN j.pinned_to IS NOT NULL THEN w.name = j.pinned_to
                               ELSE builder_suits(w.arch, w.toolchains, j.arch, j.toolchain) END))
                ELSE nobody_since('runner has been there', j.queued_at, (
                    SELECT w.at FROM runner_seen w WHERE w.machine_id = j.machine_id)) END AS nobody
    FROM job j CROSS JOIN LATERAL (SELECT job_is_left(j) AS is_left) l
    LEFT JOIN battery b ON b.id = j.battery_id LEFT JOIN machine m ON m.id = j.machine_id
    JOIN subject s ON s.id = coalesce(j.subject_id, b.subject_id) JOIN tree t ON t.id = s.tree_id
    LEFT JOIN plan_pace pp ON pp.machine_id = j.machine_id AND pp.plan_key = b.plan_key
    LEFT JOIN machine_pace mp ON mp.machine_id = j.machine_id
    LEFT JOIN build_pace bp ON bp.tree_id = s.tree_id
    WHERE j.state IN ('waiting', 'queued', 'held', 'claimed')
), busy AS (
    SELECT kind, coalesce(machine_id, 0) AS machine_id, sum(greatest(takes_s - ran_s, 0)) AS s FROM open
    WHERE state = 'claimed' GROUP BY kind, machine_id
), lined AS (
    SELECT o.*, row_number() OVER w - 1 AS before, busy.s IS NOT NULL AS is_busy,
           CASE WHEN o.state = 'queued' AND o.takes_s IS NOT NULL AND o.nobody IS NULL
                THEN (coalesce(sum(o.takes_s) OVER w - o.takes_s, 0) + coalesce(busy.s, 0))
                     / CASE WHEN o.kind = 'build' THEN (SELECT n FROM at_work) ELSE 1 END END AS about_s
    FROM open o LEFT JOIN busy ON busy.kind = o.kind AND busy.machine_id = coalesce(o.machine_id, 0)
    WINDOW w AS (PARTITION BY o.kind, o.machine_id, o.state IN ('queued') ORDER BY o.is_left DESC, o.priority, o.rank, o.id
                 ROWS UNBOUNDED PRECEDING)
)
SELECT o.id, o.kind, o.state, CASE o.priority WHEN 10 THEN 'urgent' WHEN 20 THEN 'bisect' WHEN 30 THEN 'normal'
                                              WHEN 40 THEN 'backfill' ELSE o.priority::text END AS priority,
       o.tree, coalesce(o.release, left(o.revision, 12)) AS release, o.machine, o.plan,
       CASE WHEN o.kind = 'boot' THEN o.boot || '/' || o.boots END AS boot, o.attempts, o.before, o.takes_s, o.about_s,
       CASE o.state
           WHEN 'claimed' THEN 'at ' || o.claimed_by || coalesce(', ' || about_text(CASE WHEN o.takes_s > o.ran_s THEN o.takes_s - o.ran_s WHEN o.takes_s <= o.ran_s THEN 0 END) || ' left', '')
           WHEN 'held' THEN 'held' || coalesce(': ' || o.reason, '')
           WHEN 'waiting' THEN 'waits for the build, job ' || o.needs_job_id
                || coalesce(', ' || about_text(n.about_s + n.takes_s), ', ' || about_text(CASE WHEN n.takes_s > n.ran_s THEN n.takes_s - n.ran_s WHEN n.takes_s <= n.ran_s THEN 0 END), '')
                || coalesce('; ' || n.nobody, '') || coalesce('; ' || o.reason, '')
           ELSE CASE WHEN o.pinned_to IS NOT NULL THEN 'waits for the builder ' || o.pinned_to
                     WHEN o.kind = 'build' AND EXISTS (SELECT 1 FROM builder) AND NOT EXISTS (
                         SELECT 1 FROM builder b WHERE builder_suits(b.arch, b.toolchains, o.arch, o.toolchain))
                     THEN 'waits for a builder with ' || coalesce(nullif(o.toolchain, ''), 'any toolchain') || ' on ' || o.arch || ', of which there is none'
                     WHEN o.kind = 'build' THEN 'waits for a builder'
                     WHEN o.machine_state <> 'ok' AND NOT is_canary(o.battery_id) THEN CASE WHEN o.is_left THEN 'stopped in the middle, ' ELSE '' END || 'waits: ' || o.machine || ' is ' || o.machine_state || coalesce(' (' || o.machine_reason || ')', '')
                     WHEN exclusive_bisection(o.machine_id) IS NOT NULL AND NOT EXISTS (
                         SELECT 1 FROM job oj JOIN bisection_request q ON q.battery_id = oj.battery_id
                         WHERE oj.id = o.id AND q.bisection_id = exclusive_bisection(o.machine_id)
                           AND oj.boot BETWEEN q.first_boot AND q.last_boot)
                     THEN 'waits: the bisection ' || exclusive_bisection(o.machine_id) || ' has ' || o.machine || ' to itself'
                     ELSE 'waits for ' || o.machine
                          || coalesce((SELECT ', which ' || l.holder || ' has: ' || l.purpose FROM lease l WHERE l.machine_id = o.machine_id
                                       AND l.released_at IS NULL AND l.holder_key NOT LIKE 'runner:%' AND l.ends_at > marvin_now()), '') END
                || CASE WHEN o.before > 0 THEN ', ' || o.before || ' before it' ELSE ', next' END
                || CASE WHEN o.before > 0 OR o.is_busy THEN coalesce(', ' || about_text(o.about_s), '') ELSE '' END
                || coalesce('; ' || o.nobody, '')
                || CASE WHEN o.overdue THEN '; too long: every fourth turn is for such' ELSE '' END
                || CASE WHEN o.is_left THEN '; ' || o.claimed_by || ' did not come back to it' ELSE '' END
                || coalesce('; last attempt: ' || o.reason, '') END AS reason,
       o.queued_at
FROM lined o LEFT JOIN lined n ON n.id = o.needs_job_id
ORDER BY o.kind, o.machine NULLS FIRST, o.state = 'claimed' DESC, o.state, o.before, o.id;

-- Gives a battery that has not begun to another machine. False: it has begun, a bisection counts on
-- its machine, or the other has that battery already.
CREATE OR REPLACE FUNCTION battery_move(p_battery_id bigint, p_machine text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE target int;
BEGIN
    SELECT id INTO target FROM machine WHERE name = p_machine;
    PERFORM 1 FROM job WHERE battery_id = p_battery_id FOR UPDATE;
    UPDATE battery b SET machine_id = target
    WHERE b.id = p_battery_id AND target IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM run r WHERE r.battery_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM job j WHERE j.battery_id = b.id AND j.state IN ('claimed', 'done'))
      AND NOT EXISTS (SELECT 1 FROM bisection_request q WHERE q.battery_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM battery o WHERE o.subject_id = b.subject_id AND o.machine_id = target
                      AND o.distro_id = b.distro_id AND o.plan_key = b.plan_key);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE job SET machine_id = target WHERE battery_id = p_battery_id;
    PERFORM pg_notify('marvin_boot', target::text);
    RETURN true;
END $$;

-- Gives a boot back to the queue, with what its build has made by now: while it was held or cancelled
-- nobody told it. It waits where that is not there yet, and fails with a build that failed. Its state.
CREATE OR REPLACE FUNCTION boot_return(p_job_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    j job;
    built job;
BEGIN
    SELECT b.* INTO built FROM job b JOIN job o ON o.needs_job_id = b.id WHERE o.id = p_job_id;
    UPDATE job SET artifact_hash = CASE WHEN built.id IS NULL THEN artifact_hash ELSE built.artifact_hash END,
        state = CASE WHEN built.id IS NULL OR built.state = 'done' AND NOT transfer_is_open(built.artifact_hash) THEN 'queued'
                     WHEN built.state IN ('failed', 'cancelled') THEN 'failed' ELSE 'waiting' END,
        reason = CASE WHEN built.state IN ('failed', 'cancelled') THEN build_ending(built.state, built.reason) END,
        ended_at = CASE WHEN built.state IN ('failed', 'cancelled') THEN marvin_now() END
    WHERE id = p_job_id RETURNING * INTO j;
    IF j.state = 'failed' THEN
        PERFORM battery_settle(j.battery_id);
    END IF;
    RETURN j.state;
END $$;

-- One change that a person asks for; the new state of the job, or NULL where it does not apply.
CREATE OR REPLACE FUNCTION job_change(p_job_id bigint, p_verb text, p_argument text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    j job;
    n text;
BEGIN
    -- its build first, as all who end a build do: what that says stays true until we are done
    PERFORM 1 FROM job WHERE id = (SELECT needs_job_id FROM job WHERE id = p_job_id) FOR UPDATE;
    SELECT * INTO j FROM job WHERE id = p_job_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no job %', p_job_id USING ERRCODE = 'no_data_found';
    END IF;
    IF job_is_left(j) AND (p_verb IN ('hold', 'move') OR p_verb = 'pin' AND j.kind = 'build') THEN
        UPDATE build SET state = 'lost', ended_at = marvin_now(), message = 'its builder did not come back'
        WHERE job_id = j.id AND state = 'running';
        UPDATE run SET state = 'interrupted', ended_at = marvin_now(), message = 'its runner did not come back'
        WHERE job_id = j.id AND state = 'running';
        UPDATE job SET state = 'queued', claimed_by = NULL, claim_token = NULL, claim_until = NULL WHERE id = j.id RETURNING * INTO j;
    END IF;
    CASE p_verb
    WHEN 'hold' THEN
        UPDATE job SET state = 'held', reason = p_argument WHERE id = j.id AND state IN ('queued', 'waiting') RETURNING state INTO n;
    WHEN 'release' THEN
        IF j.state = 'held' THEN
            n := boot_return(j.id);
        END IF;
    WHEN 'cancel' THEN
        -- A claimed one too: its builder or runner learns of it when it renews, and stops.
        UPDATE job SET state = 'cancelled', reason = p_argument, ended_at = marvin_now(), claim_until = NULL
        WHERE id = j.id AND state IN ('queued', 'waiting', 'held', 'claimed') RETURNING state INTO n;
        UPDATE build SET state = 'cancelled', ended_at = marvin_now(), message = coalesce('cancelled: ' || p_argument, 'cancelled')
        WHERE job_id = j.id AND state = 'running';
        UPDATE run SET state = 'interrupted', ended_at = marvin_now(), message = coalesce('cancelled: ' || p_argument, 'cancelled')
        WHERE job_id = j.id AND state = 'running';
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
            IF EXISTS (SELECT 1 FROM job b WHERE b.id = j.needs_job_id AND b.state IN ('failed', 'cancelled')) THEN
                PERFORM job_change(j.needs_job_id, 'retry', NULL); -- without its build it never comes
            END IF;
            n := boot_return(j.id);
            UPDATE battery SET state = 'pending', completed_at = NULL, reported_at = NULL
            WHERE id = j.battery_id AND state IN ('failed', 'cancelled', 'complete') AND n <> 'failed';
        ELSIF n IS NOT NULL THEN
            UPDATE battery SET state = 'pending', completed_at = NULL, reported_at = NULL
            WHERE state <> 'pending' AND id IN (SELECT battery_id FROM job WHERE needs_job_id = j.id AND state = 'failed');
            UPDATE job SET state = 'waiting', reason = NULL, ended_at = NULL WHERE needs_job_id = j.id AND state = 'failed';
        END IF;
    WHEN 'pin' THEN
        IF j.kind = 'build' THEN
            UPDATE job SET pinned_to = p_argument WHERE id = j.id AND state IN ('queued', 'held') RETURNING state INTO n;
        ELSIF battery_move(j.battery_id, p_argument) THEN
            n := j.state;
        END IF;
    WHEN 'move' THEN
        UPDATE job SET priority = CASE p_argument WHEN 'urgent' THEN 10 WHEN 'bisect' THEN 20 WHEN 'normal' THEN 30
                                                  WHEN 'backfill' THEN 40 ELSE priority END,
            rank = CASE p_argument WHEN 'first' THEN (SELECT coalesce(min(rank), 0) - 1 FROM job
                                                      WHERE state = 'queued' AND priority = j.priority)
                                   WHEN 'last' THEN (SELECT coalesce(max(rank), 0) + 1 FROM job
                                                     WHERE state = 'queued' AND priority = j.priority) ELSE rank END
        WHERE id = j.id AND state IN ('queued', 'waiting', 'held') RETURNING state INTO n;
        -- What it waits for comes no later than it.
        UPDATE job b SET priority = w.priority FROM job w
        WHERE w.id = j.id AND w.state = 'waiting' AND b.id = w.needs_job_id AND b.state IN ('queued', 'waiting')
          AND b.priority > w.priority;
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
UNION SELECT hash, 'raw' FROM foreign_build
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
