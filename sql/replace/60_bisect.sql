-- Bisections: begun, asking for boots, ended. What they ask for is queued by bob as all else is.

DROP FUNCTION IF EXISTS bisection_begin(text, text[], text, text, text, text[], jsonb, text);
CREATE OR REPLACE FUNCTION bisection_begin(p_tree text, p_good text[], p_bad text, p_trial_key text, p_metric text,
                                           p_machines text[], p_options jsonb, p_asked_by text, p_change_id bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    t int;
    machines int[];
    fresh bigint;
BEGIN
    SELECT id INTO t FROM tree WHERE name = p_tree;
    SELECT array_agg(m.id ORDER BY w.i) INTO machines
    FROM unnest(p_machines) WITH ORDINALITY w(name, i) JOIN machine m USING (name);
    IF t IS NULL OR coalesce(cardinality(machines), 0) <> cardinality(p_machines) THEN
        RAISE EXCEPTION 'the tree % or one of its machines has no row yet', p_tree;
    END IF;
    INSERT INTO bisection (tree_id, good, bad, trial_key, metric, machine_ids, options, asked_by, change_id)
    VALUES (t, p_good, p_bad, p_trial_key, p_metric, machines, p_options, p_asked_by, p_change_id)
    RETURNING id INTO fresh;
    RETURN fresh;
END $$;

-- Notes boots that a running bisection has asked for; known ones are left as they are.
CREATE OR REPLACE FUNCTION bisection_request_store(p_bisection_id bigint, p_battery_id bigint, p_first int, p_last int,
                                                   p_purpose text) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH added AS (
        INSERT INTO bisection_request (bisection_id, battery_id, revision, machine_id, first_boot, last_boot, purpose)
        SELECT p_bisection_id, b.id, s.revision, b.machine_id, p_first, p_last, p_purpose
        FROM battery b JOIN subject s ON s.id = b.subject_id
        WHERE b.id = p_battery_id AND EXISTS (SELECT 1 FROM bisection WHERE id = p_bisection_id AND state = 'running')
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM added)
$$;

-- What is known so far, or how it ended. An ended one changes no more, but for a stopped or
-- undecided one that is taken up again (state running).
CREATE OR REPLACE FUNCTION bisection_store(p_id bigint, p_state text, p_why text, p_answer jsonb) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH done AS (
        UPDATE bisection SET state = p_state, why = p_why, answer = coalesce(p_answer, answer),
            ended_at = CASE WHEN p_state = 'running' THEN NULL ELSE coalesce(ended_at, marvin_now()) END
        WHERE id = p_id AND (state IN ('running', p_state) OR p_state = 'running' AND state IN ('stopped', 'undecided'))
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;

-- The boots that only this bisection still waits for are asked for no more. Returns how many.
CREATE OR REPLACE FUNCTION bisection_withdraw(p_id bigint) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH gone AS (
        UPDATE job SET state = 'cancelled', reason = format('the bisection %s has ended', p_id), ended_at = marvin_now()
        FROM bisection_request q
        WHERE q.bisection_id = p_id AND job.battery_id = q.battery_id AND job.boot BETWEEN q.first_boot AND q.last_boot
          AND job.state IN ('waiting', 'queued', 'held')
          AND NOT EXISTS (SELECT 1 FROM bisection_request o JOIN bisection x ON x.id = o.bisection_id
                          WHERE o.battery_id = q.battery_id AND o.bisection_id <> p_id AND x.state = 'running'
                            AND job.boot BETWEEN o.first_boot AND o.last_boot)
        RETURNING 1)
    SELECT count(*)::int FROM gone
$$;

-- A bisection whose first step was refused leaves nothing behind; one that has asked for boots all
-- the same is stopped, and asks for them no more.
CREATE OR REPLACE FUNCTION bisection_refuse(p_id bigint, p_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    PERFORM bisection_withdraw(p_id);
    DELETE FROM bisection b WHERE b.id = p_id AND b.state = 'running'
        AND NOT EXISTS (SELECT 1 FROM bisection_request q WHERE q.bisection_id = p_id);
    PERFORM bisection_store(p_id, 'stopped', p_why, NULL) FROM bisection b WHERE b.id = p_id AND b.state = 'running';
END $$;

-- What a bisection says of a change, as evidence beside a person's verdict: of those that are about
-- it (begun for it, or of its trial and metric on its machine over a range that it lies in), the
-- newest that has an answer. layout, layout_says: null where that was not measured.
CREATE OR REPLACE VIEW change_evidence AS
SELECT DISTINCT ON (c.id) c.id AS change_id, b.id AS bisection_id, b.state, b.answer->>'culprit' AS culprit,
       b.answer->>'subject' AS subject, (b.answer->>'probability')::float8 AS probability,
       (b.answer->'revert'->>'share')::float8 AS revert_share,
       CASE WHEN b.answer->'layout'->>'state' NOT IN ('not-measured', 'running') THEN b.answer->'layout'->>'state' END AS layout,
       CASE WHEN b.answer->'layout'->>'state' NOT IN ('not-measured', 'running') THEN b.answer->'layout'->>'says' END AS layout_says
FROM change c
JOIN metric m ON m.id = c.metric_id
JOIN bisection b ON b.tree_id = c.tree_id AND b.trial_key = c.trial_key AND b.state IN ('found', 'not-reproduced')
WHERE b.change_id = c.id
   OR c.machine_id = ANY (b.machine_ids) AND coalesce(nullif(b.metric, ''), b.answer->>'metric') = m.name
      AND EXISTS (SELECT 1 FROM release r
                  JOIN release g ON g.tree_id = r.tree_id AND g.name = b.options->>'good'
                  JOIN release e ON e.tree_id = r.tree_id AND e.name = b.options->>'bad'
                  WHERE r.tree_id = c.tree_id AND r.subject_id = c.subject_id
                    AND r.sort_key > least(g.sort_key, e.sort_key) AND r.sort_key <= greatest(g.sort_key, e.sort_key))
ORDER BY c.id, (b.change_id = c.id) DESC NULLS LAST, b.id DESC;
