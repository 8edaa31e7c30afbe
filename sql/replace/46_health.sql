-- Health of machines. A machine is quarantined when two different known-good releases fail on it in a row, or its
-- canary drifts; a new kernel that does not boot is a finding about that kernel and says nothing about the machine.
-- Known good on a machine: a subject of which a run was accepted there before.

CREATE OR REPLACE FUNCTION machine_mark(p_machine text, p_event text, p_reason text, p_who text, p_run_id bigint)
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE m machine;
BEGIN
    SELECT * INTO m FROM machine WHERE name = p_machine FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no machine %', p_machine USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO machine_event (machine_id, event, reason, who, run_id) VALUES (m.id, p_event, p_reason, p_who, p_run_id);
    UPDATE machine SET state = CASE p_event WHEN 'quarantined' THEN 'quarantined' WHEN 'fit' THEN 'ok' ELSE state END,
        reason = CASE p_event WHEN 'quarantined' THEN p_reason WHEN 'fit' THEN NULL ELSE reason END
    WHERE id = m.id;
    RETURN true;
END $$;

-- Queues one boot of a known-good release that has not failed since p_since: the canary, before all else. It is
-- no boot of a page: its plan has a realm of its own. NULL: one is queued already, or none is known good.
CREATE OR REPLACE FUNCTION canary_queue(p_machine_id int, p_why text, p_since timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    good record;
    body jsonb;
    hash text;
    n bigint;
    made bigint;
BEGIN
    PERFORM 1 FROM machine WHERE id = p_machine_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM job j JOIN battery b ON b.id = j.battery_id JOIN definition d ON d.hash = b.plan_hash
               WHERE j.machine_id = p_machine_id AND j.state IN ('waiting', 'queued', 'held', 'claimed')
                 AND d.body->>'realm' = 'canary') THEN
        RETURN NULL;
    END IF;
    SELECT b.*, d.body, max(j.needs_job_id) OVER (PARTITION BY b.id) AS build_job INTO good
    FROM run r JOIN battery b ON b.id = r.battery_id JOIN definition d ON d.hash = b.plan_hash JOIN job j ON j.id = r.job_id
    WHERE r.machine_id = p_machine_id AND r.state = 'accepted' AND NOT d.body ? 'realm'
      AND NOT EXISTS (SELECT 1 FROM run f JOIN battery fb ON fb.id = f.battery_id
                      WHERE f.machine_id = p_machine_id AND f.state = 'failed' AND fb.subject_id = b.subject_id
                        AND f.ended_at >= p_since)
    ORDER BY count(*) OVER (PARTITION BY b.subject_id) DESC, r.id DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    body := good.body || '{"realm": "canary"}';
    hash := encode(sha256(convert_to(body::text, 'UTF8')), 'hex');
    PERFORM definition_store(hash, 'plan', good.plan, body);
    SELECT count(*) INTO n FROM battery b JOIN definition d ON d.hash = b.plan_hash
    WHERE b.machine_id = p_machine_id AND d.body->>'realm' = 'canary';
    SELECT battery_id INTO made FROM queue_battery(good.subject_id, p_machine_id, good.distro_id, good.plan,
        good.plan_key || '#canary-' || n + 1, hash, 1, 10, 'canary: ' || p_why, good.build_job);
    INSERT INTO machine_event (machine_id, event, reason, who) VALUES (p_machine_id, 'canary', p_why, 'marvin');
    RETURN made;
END $$;

-- The canary that the machine's setting `canary` (seconds, in its definition) wants by now.
CREATE OR REPLACE FUNCTION canary_tick(p_machine_id int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    every_s float8;
    last timestamptz;
BEGIN
    SELECT (d.body->>'canary')::float8 INTO every_s FROM machine m JOIN definition d ON d.hash = m.definition_hash
    WHERE m.id = p_machine_id;
    IF every_s IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT max(at) INTO last FROM machine_event WHERE machine_id = p_machine_id AND event = 'canary';
    last := coalesce(last, (SELECT min(ended_at) FROM run WHERE machine_id = p_machine_id AND state = 'accepted'));
    IF last IS NULL OR marvin_now() < last + make_interval(secs => every_s) THEN
        RETURN NULL;
    END IF;
    RETURN canary_queue(p_machine_id, 'on schedule', '-infinity');
END $$;

-- The metrics of a canary's run against the earlier boots of the same release on the same epoch (three at least): how
-- many lie beyond 5 % and four standard deviations of their logarithms, of how many, and the farthest.
CREATE OR REPLACE FUNCTION canary_drift(p_run_id bigint)
RETURNS TABLE (drifted bigint, total bigint, worst text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH value AS (
        SELECT s.accepted_run_id, s.trial_key, s.metric_id, s.v FROM (
            SELECT c.accepted_run_id, b.trial_key, b.metric_id,
                   (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM unnest(b.value) x) AS v
            FROM boot_sample b JOIN counted_run c ON c.run_id = b.run_id JOIN run mine ON mine.id = p_run_id
            JOIN battery mb ON mb.id = mine.battery_id
            WHERE b.state = 'done' AND b.subject_id = mb.subject_id AND b.machine_id = mine.machine_id
              AND b.distro_id = mb.distro_id AND b.mode = mine.mode AND b.epoch_id IS NOT DISTINCT FROM mine.epoch_id) s
        WHERE s.v > 0
    ), far AS (
        SELECT m.trial_key, m.metric_id, ln(m.v) - r.middle AS shift, greatest(ln(1.05), 4 * r.spread) AS limit
        FROM value m JOIN LATERAL (
            SELECT count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY ln(v)) AS middle, stddev_samp(ln(v)) AS spread
            FROM value o WHERE o.trial_key = m.trial_key AND o.metric_id = m.metric_id AND o.accepted_run_id < p_run_id) r
            ON r.n >= 3
        WHERE m.accepted_run_id = p_run_id)
    SELECT count(*) FILTER (WHERE abs(shift) > "limit"), count(*),
           (SELECT format('%s %s %s %%', w.trial_key, t.name, to_char(100 * (exp(w.shift) - 1), 'FMSG9990.0'))
            FROM far w JOIN metric t ON t.id = w.metric_id ORDER BY abs(w.shift) DESC LIMIT 1)
    FROM far
$$;

-- The metrics that a canary's run lacks, of those that most of the earlier boots of the same release on the same epoch
-- have, with the benchmark as it was then: how many, and the names of some. A metric that a benchmark has no more by
-- its definition is not lost.
CREATE OR REPLACE FUNCTION canary_lost(p_run_id bigint)
RETURNS TABLE (lost bigint, named text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH boot AS (
        SELECT c.accepted_run_id, b.trial_key, b.metric_id, b.benchmark_hash, b.state
        FROM boot_sample b JOIN counted_run c ON c.run_id = b.run_id JOIN run mine ON mine.id = p_run_id
        JOIN battery mb ON mb.id = mine.battery_id
        WHERE b.subject_id = mb.subject_id AND b.machine_id = mine.machine_id AND b.distro_id = mb.distro_id
          AND b.mode = mine.mode AND b.epoch_id IS NOT DISTINCT FROM mine.epoch_id AND c.accepted_run_id <= p_run_id
    ), had AS (
        SELECT o.trial_key, o.metric_id, array_agg(DISTINCT o.benchmark_hash) AS hashes,
               count(DISTINCT o.accepted_run_id) AS n,
               (SELECT count(DISTINCT x.accepted_run_id) FROM boot x WHERE x.trial_key = o.trial_key AND x.accepted_run_id < p_run_id) AS boots
        FROM boot o WHERE o.state = 'done' AND o.accepted_run_id < p_run_id GROUP BY o.trial_key, o.metric_id
    ), gone AS (
        SELECT h.trial_key, h.metric_id
        FROM had h JOIN LATERAL (
            SELECT x.benchmark_hash FROM counted_run c JOIN trial x ON x.run_id = c.run_id
            WHERE c.accepted_run_id = p_run_id AND x.trial_key = h.trial_key ORDER BY x.id DESC LIMIT 1) t ON true
        WHERE h.n * 2 > h.boots AND t.benchmark_hash = ANY (h.hashes)
          AND NOT EXISTS (SELECT 1 FROM boot o WHERE o.accepted_run_id = p_run_id AND o.state = 'done'
                          AND o.trial_key = h.trial_key AND o.metric_id = h.metric_id))
    SELECT count(*),
           (SELECT string_agg(format('%s %s', g.trial_key, t.name), ', ' ORDER BY g.trial_key, t.name)
            FROM (SELECT * FROM gone ORDER BY trial_key, metric_id LIMIT 3) g JOIN metric t ON t.id = g.metric_id)
            || CASE WHEN count(*) > 3 THEN format(' and %s more', count(*) - 3) ELSE '' END
    FROM gone
$$;

-- What a canary that was run to its end says: a quarter of what it should have moved or missing is the machine's
-- trouble; less that is missing is said and is not good; and one with nothing to be compared with says nothing.
CREATE OR REPLACE FUNCTION canary_review(r run, m machine) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    d record;
    l record;
    what text;
    bad bigint;
    of bigint;
BEGIN
    SELECT * INTO d FROM canary_drift(r.id);
    SELECT * INTO l FROM canary_lost(r.id);
    bad := d.drifted + l.lost;
    of := d.total + l.lost;
    what := CASE WHEN l.lost = 0 THEN format('moved, most of all %s', d.worst)
                 WHEN d.drifted = 0 THEN format('are missing: %s', l.named)
                 ELSE format('moved (most of all %s) or are missing: %s', d.worst, l.named) END;
    IF bad > 0 AND bad * 4 >= of THEN
        PERFORM machine_mark(m.name, 'canary-drift', format('%s of %s metrics %s', bad, of, what), 'marvin', r.id);
        IF m.state = 'ok' THEN
            PERFORM machine_mark(m.name, 'quarantined', format('its canary drifted: %s of %s metrics of a known-good release %s', bad, of, what), 'marvin', r.id);
        END IF;
    ELSIF l.lost > 0 THEN
        PERFORM machine_mark(m.name, 'canary-drift', format('%s of %s metrics %s', bad, of, what), 'marvin', r.id);
    ELSIF d.total = 0 THEN
        PERFORM machine_mark(m.name, 'canary', 'it ran and says nothing: no metric has three earlier boots of that release to be compared with', 'marvin', r.id);
    ELSE
        PERFORM machine_mark(m.name, 'canary-good', format('%s metrics as before', d.total - d.drifted), 'marvin', r.id);
    END IF;
END $$;

-- What the end of a run says of its machine: called by run_finish().
CREATE OR REPLACE FUNCTION machine_review(p_run_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    r run;
    m machine;
    since timestamptz;
    bad text[];
BEGIN
    SELECT * INTO r FROM run WHERE id = p_run_id;
    SELECT * INTO m FROM machine WHERE id = r.machine_id FOR UPDATE;
    IF r.state NOT IN ('accepted', 'failed') OR m.state <> 'ok' AND r.state = 'failed' THEN
        RETURN;
    END IF;
    IF r.state = 'accepted' THEN
        IF is_canary(r.battery_id) THEN
            PERFORM canary_review(r, m);
        END IF;
        RETURN;
    END IF;
    SELECT greatest((SELECT max(at) FROM machine_event WHERE machine_id = m.id AND event = 'fit'),
                    (SELECT max(ended_at) FROM run WHERE machine_id = m.id AND state = 'accepted'), '-infinity') INTO since;
    SELECT array_agg(DISTINCT format('%s (%s)', coalesce(rel.name, left(s.revision, 12)), coalesce(f.finding, f.message, 'failed')))
    INTO bad
    FROM run f JOIN battery b ON b.id = f.battery_id JOIN subject s ON s.id = b.subject_id
    LEFT JOIN LATERAL (SELECT name FROM release WHERE subject_id = s.id ORDER BY id LIMIT 1) rel ON true
    WHERE f.machine_id = m.id AND f.state = 'failed' AND f.ended_at > since
      AND f.id = (SELECT max(l.id) FROM run l JOIN battery lb ON lb.id = l.battery_id
                  WHERE lb.subject_id = s.id AND l.machine_id = m.id AND l.state = 'failed')
      AND EXISTS (SELECT 1 FROM run g JOIN battery gb ON gb.id = g.battery_id
                  WHERE gb.subject_id = s.id AND g.machine_id = m.id AND g.state = 'accepted' AND g.id < f.id);
    IF cardinality(bad) >= 2 THEN
        PERFORM machine_mark(m.name, 'quarantined', 'known-good releases fail on it: ' || array_to_string(bad, ', '), 'marvin', p_run_id);
    ELSE
        PERFORM canary_queue(m.id, 'after trouble', since);
    END IF;
END $$;
