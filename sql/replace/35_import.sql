-- Results from elsewhere: trees, releases, machines and runs that nobody asked for here. One boot is
-- one transaction of its caller: import_release, import_run, then import_trial for each trial.

-- A definition that says no more than where the thing came from; its hash.
CREATE OR REPLACE FUNCTION import_definition(p_kind text, p_name text, p_body jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE h text := encode(sha256(convert_to(p_kind || ' ' || p_name || ' ' || p_body::text, 'UTF8')), 'hex');
BEGIN
    INSERT INTO definition (hash, kind, name, body) VALUES (h, p_kind, p_name, p_body) ON CONFLICT DO NOTHING;
    RETURN h;
END $$;

-- The subject of a release, which is made where it is not known, its tree too. A release that is
-- known keeps its subject, whatever the revision. p_release null: the subject of that revision.
CREATE OR REPLACE FUNCTION import_release(p_tree text, p_kind text, p_release text, p_revision text, p_sort_key text,
                                          p_prerelease bool, p_released_at timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    t int;
    s bigint;
BEGIN
    INSERT INTO tree (name, kind, definition_hash)
    VALUES (p_tree, p_kind, import_definition('tree', p_tree, '{"imported": true}')) ON CONFLICT (name) DO NOTHING;
    SELECT id INTO t FROM tree WHERE name = p_tree;
    SELECT subject_id INTO s FROM release WHERE tree_id = t AND name = p_release;
    IF s IS NULL THEN
        s := subject_store(t, p_revision, NULL, NULL);
        IF p_release IS NOT NULL THEN
            PERFORM release_store(t, s, p_release, p_sort_key, p_prerelease, false, coalesce(p_released_at, marvin_now()));
        END IF;
    END IF;
    RETURN s;
END $$;

-- The machine of that name, made where it is not known, and its epoch: the latest that has no other
-- value for anything that p_must says, else a new one. What p_must does not say is no change.
CREATE OR REPLACE FUNCTION import_epoch(p_machine_id int, p_must jsonb, p_must_hash text, p_started_at timestamptz)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE e int;
BEGIN
    PERFORM epoch_lock(p_machine_id);
    SELECT x.id INTO e FROM machine_epoch x
    WHERE x.machine_id = p_machine_id AND NOT EXISTS (
        SELECT 1 FROM run r JOIN fingerprint f ON f.hash = r.fingerprint_hash, jsonb_each_text(f.must) o
        WHERE r.epoch_id = x.id AND p_must ? o.key AND p_must->>o.key <> o.value)
    ORDER BY x.number DESC LIMIT 1;
    IF e IS NULL THEN
        INSERT INTO machine_epoch (machine_id, number, must_hash, started_at, reason, imported)
        SELECT p_machine_id, coalesce(max(number), 0) + 1, p_must_hash, coalesce(p_started_at, marvin_now()), 'imported', true
        FROM machine_epoch WHERE machine_id = p_machine_id
        RETURNING id INTO e;
    END IF;
    RETURN e;
END $$;

-- The battery that an imported run is a boot of, locked. Its boots are those that came.
CREATE OR REPLACE FUNCTION import_battery(p_subject_id bigint, p_machine text, p_distro text, p_plan text, p_margin text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    m int;
    d int;
    b bigint;
    h text := import_definition('plan', p_plan, jsonb_strip_nulls(jsonb_build_object('imported', true, 'margin', p_margin)));
BEGIN
    INSERT INTO machine (name, definition_hash)
    VALUES (p_machine, import_definition('machine', p_machine, '{"imported": true}')) ON CONFLICT (name) DO NOTHING;
    SELECT id INTO m FROM machine WHERE name = p_machine;
    INSERT INTO distro (name) VALUES (p_distro) ON CONFLICT (name) DO NOTHING;
    SELECT id INTO d FROM distro WHERE name = p_distro;
    INSERT INTO battery (subject_id, machine_id, distro_id, plan, plan_key, plan_hash, boots, priority, asked_by, state)
    VALUES (p_subject_id, m, d, p_plan, 'imported ' || p_plan, h, 1, 40, 'import', 'complete')
    ON CONFLICT (subject_id, machine_id, distro_id, plan_key) DO NOTHING;
    SELECT id INTO b FROM battery WHERE subject_id = p_subject_id AND machine_id = m AND distro_id = d
        AND plan_key = 'imported ' || p_plan FOR UPDATE;
    RETURN b;
END $$;

-- Takes an imported run out of what counts; its trials and raw files stay.
CREATE OR REPLACE FUNCTION import_reject(p_run_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE b bigint;
BEGIN
    UPDATE run SET state = 'rejected', message = 'imported again' WHERE id = p_run_id RETURNING battery_id INTO b;
    UPDATE job SET state = 'cancelled', reason = 'imported again' FROM run r WHERE r.id = p_run_id AND job.id = r.job_id;
    UPDATE battery SET reported_at = NULL, state = CASE WHEN EXISTS (
        SELECT 1 FROM job WHERE battery_id = b AND state = 'done') THEN 'complete' ELSE 'cancelled' END WHERE id = b;
END $$;

-- Where an imported run is, for people: toy:v1.0 on ivor.
CREATE OR REPLACE FUNCTION import_place(p_run_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT format('%s:%s on %s', t.name, coalesce((SELECT e.name FROM release e WHERE e.subject_id = s.id
                                                   ORDER BY e.id LIMIT 1), s.revision), m.name)
    FROM run r JOIN battery b ON b.id = r.battery_id JOIN machine m ON m.id = b.machine_id
    JOIN subject s ON s.id = b.subject_id JOIN tree t ON t.id = s.tree_id WHERE r.id = p_run_id
$$;

-- What names a run of our own in other databases: no row's number.
CREATE OR REPLACE FUNCTION run_identity(p_run_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        t.name, s.revision, m.name, d.name, b.plan, j.boot, extract(epoch FROM r.started_at)::text)::text, 'UTF8')), 'hex')
    FROM run r JOIN job j ON j.id = r.job_id JOIN battery b ON b.id = r.battery_id JOIN machine m ON m.id = b.machine_id
    JOIN distro d ON d.id = b.distro_id JOIN subject s ON s.id = b.subject_id JOIN tree t ON t.id = s.tree_id
    WHERE r.id = p_run_id
$$;

-- What a run is called in the files that it is written to: what those call it that it came in, else
-- the beginning of what names it.
CREATE OR REPLACE FUNCTION run_name(p_run_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT coalesce((SELECT coalesce(i.facts->>'boot', CASE i.format WHEN 'marvin' THEN left(i.content_hash, 16) END)
                     FROM import i WHERE i.run_id = p_run_id), left(run_identity(p_run_id), 16))
$$;

-- True where every value that the run has begins what p_values ({"trial key": {"metric": [..]}}) has
-- of the same metric (p_whole: the other way round).
CREATE OR REPLACE FUNCTION import_begins(p_run_id bigint, p_values jsonb, p_whole bool) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH stored AS (
        SELECT t.trial_key, m.name, coalesce(s.value, '{}') AS value FROM trial t
        JOIN sample s ON s.run_id = t.run_id AND s.trial_id = t.id
             AND s.extraction = (SELECT max(x.extraction) FROM sample x WHERE x.run_id = t.run_id AND x.trial_id = t.id)
        JOIN metric m ON m.id = s.metric_id WHERE t.run_id = p_run_id),
    given AS (
        SELECT t.key AS trial_key, m.key AS name,
               ARRAY(SELECT v::float8 FROM jsonb_array_elements_text(m.value) WITH ORDINALITY AS e (v, n) ORDER BY n) AS value
        FROM jsonb_each(p_values) t, jsonb_each(t.value) m)
    SELECT CASE WHEN p_whole
        THEN EXISTS (SELECT 1 FROM given g WHERE g.value <> '{}') AND NOT EXISTS (
                         SELECT 1 FROM given g LEFT JOIN stored s USING (trial_key, name)
                         WHERE g.value IS DISTINCT FROM s.value[:cardinality(g.value)])
        ELSE NOT EXISTS (SELECT 1 FROM stored s LEFT JOIN given g USING (trial_key, name)
                         WHERE s.value IS DISTINCT FROM g.value[:cardinality(s.value)]) END
$$;

-- The run that p_facts->>'boot' names, in the same place: known where it is one of our own or has all
-- that comes now, else what it begins (it has grown since); no row: another run of that name.
CREATE OR REPLACE FUNCTION import_named(p_subject_id bigint, p_machine text, p_distro text, p_facts jsonb)
RETURNS TABLE (run_id bigint, known bool)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT r.id, i.format IS DISTINCT FROM 'gobench' OR import_begins(r.id, p_facts->'values', true)
    FROM run r JOIN battery b ON b.id = r.battery_id JOIN machine m ON m.id = b.machine_id JOIN distro d ON d.id = b.distro_id
    LEFT JOIN import i ON i.run_id = r.id
    WHERE b.subject_id = p_subject_id AND m.name = p_machine AND d.name = p_distro AND r.state = 'accepted'
      AND (i.facts->>'boot' = p_facts->>'boot' OR i.facts->>'boot' IS NULL AND run_name(r.id) = p_facts->>'boot')
      AND (i.format IS DISTINCT FROM 'gobench' OR import_begins(r.id, p_facts->'values', true)
           OR import_begins(r.id, p_facts->'values', false))
    ORDER BY 2 DESC, r.id LIMIT 1
$$;

-- The earlier import of a boot that was not at its end then, or NULL: the same source in the same
-- battery, and every test that it knew has begun at the same time in what comes now.
CREATE OR REPLACE FUNCTION import_earlier(p_battery_id bigint, p_format text, p_source text, p_facts jsonb) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT i.run_id FROM import i JOIN run r ON r.id = i.run_id
    WHERE r.battery_id = p_battery_id AND r.state = 'accepted' AND i.format = p_format AND i.source = p_source
      AND i.facts->'finished' = 'false' AND jsonb_array_length(i.facts->'tests') > 0
      AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(i.facts->'tests') old
                      WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements(p_facts->'tests') new
                                        WHERE new->'test' = old->'test' AND new->'begin' IS NOT DISTINCT FROM old->'begin'))
    ORDER BY r.id DESC LIMIT 1
$$;

-- The run of an imported boot. what: new; known (nothing was done); replaced (an earlier import of
-- it counts no more: it was not at its end then, or p_again).
-- place: where else the same content is stored and counts, or NULL.
CREATE OR REPLACE FUNCTION import_run(p_key text, p_format text, p_source text, p_content_hash text, p_subject_id bigint,
                                      p_machine text, p_distro text, p_plan text, p_margin text, p_mode text,
                                      p_started_at timestamptz, p_ended_at timestamptz, p_hash text, p_must_hash text,
                                      p_must jsonb, p_note jsonb, p_info jsonb, p_files jsonb, p_facts jsonb, p_again bool)
RETURNS TABLE (run_id bigint, what text, place text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    was bigint;
    b battery;
    j bigint;
    r run;
    outcome text := 'new';
    other text;
    named record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('import ' || p_content_hash, 0));
    SELECT i.run_id INTO was FROM import i JOIN run x ON x.id = i.run_id WHERE i.key = p_key AND x.state = 'accepted';
    IF FOUND AND NOT p_again THEN
        RETURN QUERY SELECT was, 'known'::text, NULL::text;
        RETURN;
    END IF;
    -- a bundle of our own runs
    SELECT x.id INTO was FROM run x JOIN battery y ON y.id = x.battery_id
    WHERE y.subject_id = p_subject_id AND x.state = 'accepted' AND p_format = 'marvin' AND run_identity(x.id) = p_content_hash;
    IF FOUND THEN
        RETURN QUERY SELECT was, 'known'::text, NULL::text;
        RETURN;
    END IF;
    SELECT * INTO named FROM import_named(p_subject_id, p_machine, p_distro, p_facts);
    IF named.known AND NOT (p_again AND EXISTS (SELECT 1 FROM import i WHERE i.run_id = named.run_id AND i.format = p_format)) THEN
        RETURN QUERY SELECT named.run_id, 'known'::text, NULL::text;
        RETURN;
    END IF;
    IF named.run_id IS NOT NULL THEN
        PERFORM import_reject(named.run_id);
        outcome := 'replaced';
    END IF;
    FOR was IN SELECT i.run_id FROM import i JOIN run x ON x.id = i.run_id
               WHERE i.content_hash = p_content_hash AND i.format = p_format AND x.state = 'accepted' LOOP
        IF p_again THEN
            PERFORM import_reject(was);
            outcome := 'replaced';
        ELSE
            other := import_place(was);
        END IF;
    END LOOP;
    j := import_battery(p_subject_id, p_machine, p_distro, p_plan, p_margin);
    SELECT * INTO b FROM battery WHERE id = j;
    was := import_earlier(b.id, p_format, p_source, p_facts);
    IF was IS NOT NULL THEN
        PERFORM import_reject(was);
        outcome := 'replaced';
    END IF;
    INSERT INTO job (kind, state, priority, rank, battery_id, boot, machine_id, ended_at, attempts, claimed_by)
    SELECT 'boot', 'done', b.priority, 0, b.id, coalesce(max(boot), 0) + 1, b.machine_id,
           coalesce(p_ended_at, p_started_at, marvin_now()), 1, 'import'
    FROM job WHERE battery_id = b.id
    RETURNING id INTO j;
    IF p_hash IS NOT NULL THEN
        INSERT INTO fingerprint (hash, must, note, info) VALUES (p_hash, p_must, p_note, p_info) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO run (job_id, battery_id, machine_id, epoch_id, fingerprint_hash, token, mode, seed, state, started_at, ended_at)
    VALUES (j, b.id, b.machine_id, import_epoch(b.machine_id, p_must, p_must_hash, p_started_at), p_hash, nextval('fence'),
            p_mode, 0, 'accepted', coalesce(p_started_at, marvin_now()), coalesce(p_ended_at, p_started_at, marvin_now()))
    RETURNING * INTO r;
    PERFORM partitions_make(2) WHERE r.id % 1000 = 1;
    UPDATE battery SET state = 'complete', reported_at = NULL, completed_at = coalesce(completed_at, marvin_now()),
        boots = (SELECT count(*) FROM job WHERE battery_id = b.id AND state = 'done') WHERE id = b.id;
    INSERT INTO import (key, format, source, content_hash, run_id, files, facts)
    VALUES (p_key, p_format, p_source, p_content_hash, r.id, p_files, p_facts - 'values')
    ON CONFLICT (key) DO UPDATE SET source = excluded.source, content_hash = excluded.content_hash, run_id = excluded.run_id,
        files = excluded.files, facts = excluded.facts, imported_at = marvin_now();
    PERFORM pg_notify('marvin_battery', b.id::text);
    RETURN QUERY SELECT r.id, outcome, other;
END $$;

-- One trial of an imported run with its samples (as samples_of() has them), once.
CREATE OR REPLACE FUNCTION import_trial(p_run_id bigint, p_benchmark text, p_definition jsonb, p_params jsonb,
                                        p_trial_key text, p_position int, p_state text, p_message text,
                                        p_started_at timestamptz, p_ended_at timestamptz, p_raw_hash text, p_samples jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    r run;
    t bigint;
BEGIN
    SELECT x.* INTO r FROM run x JOIN import i ON i.run_id = x.id WHERE x.id = p_run_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the run % is not an imported one', p_run_id USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO trial (run_id, benchmark, benchmark_hash, params, trial_key, position, iterations, state, message,
                       started_at, ended_at, raw_hash)
    VALUES (p_run_id, p_benchmark, import_definition('benchmark', p_benchmark, p_definition), p_params, p_trial_key,
            p_position, 1, p_state, p_message, coalesce(p_started_at, r.started_at),
            coalesce(p_ended_at, p_started_at, r.ended_at), p_raw_hash)
    ON CONFLICT (run_id, trial_key) DO NOTHING RETURNING id INTO t;
    IF t IS NOT NULL THEN
        INSERT INTO sample (run_id, trial_id, metric_id, extraction, state, message, position, value)
        SELECT p_run_id, t, metric_id, 1, state, message, position, value FROM samples_of(p_samples);
    END IF;
    RETURN t;
END $$;
