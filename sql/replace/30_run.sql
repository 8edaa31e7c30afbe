-- A boot job, from its claim to its last trial. Every change is guarded by the token of the lease.

-- Partitions for the run ids to come, a hundred thousand each; returns how many were made.
CREATE OR REPLACE FUNCTION partitions_make(p_ahead int DEFAULT 2) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    width constant bigint := 100000;
    first bigint;
    made int := 0;
    parent text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('marvin partitions'));
    SELECT coalesce(max(id), 0) / width INTO first FROM run;
    FOR i IN first .. first + p_ahead - 1 LOOP
        FOREACH parent IN ARRAY ARRAY['trial', 'sample'] LOOP
            IF to_regclass(format('%I.%I', 'marvin', parent || '_' || i)) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                               parent || '_' || i, parent, i * width, (i + 1) * width);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- The machine's next boot job, claimed under its lease, or no row. A job that the machine's
-- earlier runner left in the middle comes first: its run becomes interrupted unless it is taken up
-- by run_begin in the same boot. A machine that is out of service gets no boots but canaries, not even the rest
-- of one that it was in, until a person says that it is fit.
CREATE OR REPLACE FUNCTION claim_boot(p_token bigint)
RETURNS TABLE (job_id bigint, battery_id bigint, boot int, boots int, attempt int, tree text, revision text,
               release text, plan text, plan_body jsonb, artifact_hash text, machine_id int, distro_id int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    l lease;
    j job;
    fit bool;
BEGIN
    SELECT * INTO l FROM lease WHERE token = p_token AND released_at IS NULL;
    IF NOT FOUND OR NOT lease_is_held(p_token) THEN
        RAISE EXCEPTION 'the lease % is over', p_token USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT state = 'ok' INTO fit FROM machine WHERE id = l.machine_id;
    SELECT * INTO j FROM job
    WHERE kind = 'boot' AND machine_id = l.machine_id AND state = 'claimed' AND (fit OR is_canary(battery_id))
    ORDER BY priority, rank, id LIMIT 1 FOR UPDATE;
    IF FOUND AND j.resumed >= 50 THEN
        -- A boot that kills its runner every time, before any trial ends, must not hold up the rest.
        UPDATE run SET state = 'failed', ended_at = marvin_now(), message = 'its runner died 50 times in it'
        WHERE job_id = j.id AND state = 'running';
        UPDATE job SET attempts = max_attempts, resumed = 0 WHERE id = j.id;
        PERFORM job_end(j.id, 'failed', 'its runner died 50 times in it');
        j := NULL;
    END IF;
    IF j.id IS NOT NULL THEN
        UPDATE job SET resumed = resumed + 1 WHERE id = j.id;
    ELSE
        IF fit THEN
            PERFORM canary_tick(l.machine_id);
            SELECT * INTO j FROM next_boot(l.machine_id);
        ELSE
            SELECT * INTO j FROM next_canary(l.machine_id);
        END IF;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        UPDATE job SET attempts = attempts + 1 WHERE id = j.id;
        j.attempts := j.attempts + 1;
    END IF;
    UPDATE job SET state = 'claimed', claimed_by = l.holder, claim_token = p_token, claim_until = l.ends_at
    WHERE id = j.id;
    RETURN QUERY
        SELECT j.id, b.id, j.boot, b.boots, j.attempts, t.name, s.revision,
               (SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.id LIMIT 1),
               b.plan, d.body, j.artifact_hash, b.machine_id, b.distro_id
        FROM battery b JOIN subject s ON s.id = b.subject_id JOIN tree t ON t.id = s.tree_id
        JOIN definition d ON d.hash = b.plan_hash WHERE b.id = j.battery_id;
END $$;

-- Begins a run of a claimed job, or goes on with the one that an earlier runner began in the same
-- boot (same p_boot_id: the same run). In another boot the earlier run becomes interrupted, the new
-- one continues it, and its trials stay. done: keys of the trials that need not be run again.
CREATE OR REPLACE FUNCTION run_begin(p_token bigint, p_job_id bigint, p_boot_id text, p_mode text, p_seed bigint)
RETURNS TABLE (run_id bigint, seed bigint, resumed bool, done text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    j job;
    was run;
    fresh run;
BEGIN
    SELECT * INTO j FROM job WHERE id = p_job_id AND claim_token = p_token AND state = 'claimed' FOR UPDATE;
    IF NOT FOUND OR NOT lease_is_held(p_token) THEN
        RAISE EXCEPTION 'the job % is not claimed under the lease %', p_job_id, p_token
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    UPDATE run SET state = 'interrupted', ended_at = marvin_now(), message = 'its runner did not come back'
    WHERE machine_id = j.machine_id AND state = 'running' AND (job_id <> j.id OR boot_id IS DISTINCT FROM p_boot_id);
    SELECT * INTO was FROM run WHERE job_id = j.id ORDER BY id DESC LIMIT 1;
    IF was.state = 'running' THEN
        UPDATE run SET token = p_token WHERE id = was.id RETURNING * INTO fresh;
    ELSE
        INSERT INTO run (job_id, battery_id, machine_id, artifact_hash, token, boot_id, mode, seed, continues_run_id)
        VALUES (j.id, j.battery_id, j.machine_id, j.artifact_hash, p_token, p_boot_id, p_mode, p_seed,
                CASE WHEN was.state = 'interrupted' THEN was.id END)
        RETURNING * INTO fresh;
    END IF;
    PERFORM partitions_make(2) WHERE fresh.id % 1000 = 1;
    RETURN QUERY
        WITH RECURSIVE chain(id) AS (
            SELECT fresh.id UNION SELECT r.continues_run_id FROM run r JOIN chain USING (id)
            WHERE r.continues_run_id IS NOT NULL)
        SELECT fresh.id, fresh.seed, was.state = 'running',
               coalesce((SELECT array_agg(t.trial_key) FROM trial t WHERE t.run_id IN (SELECT id FROM chain)), '{}');
END $$;

-- Until the transaction's end nobody else numbers an epoch of that machine.
CREATE OR REPLACE FUNCTION epoch_lock(p_machine_id int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtext('marvin epochs'), p_machine_id)
$$;

-- Stores the fingerprint of a run and finds its machine's epoch: a changed must-match class opens
-- the next one. epoch_number is 1 for a machine's first.
CREATE OR REPLACE FUNCTION run_fingerprint(p_token bigint, p_run_id bigint, p_hash text, p_must_hash text,
                                           p_must jsonb, p_note jsonb, p_info jsonb)
RETURNS TABLE (epoch_id int, epoch_number int, opened bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    r run;
    last machine_epoch;
    fresh bool := false;
    why text;
BEGIN
    SELECT * INTO r FROM run WHERE id = p_run_id AND token = p_token AND state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM epoch_lock(r.machine_id);
    INSERT INTO fingerprint (hash, must, note, info) VALUES (p_hash, p_must, p_note, p_info) ON CONFLICT DO NOTHING;
    SELECT * INTO last FROM machine_epoch WHERE machine_id = r.machine_id AND (NOT imported OR must_hash = p_must_hash)
    ORDER BY number DESC LIMIT 1;
    IF last.id IS NULL OR last.must_hash <> p_must_hash THEN
        SELECT string_agg(format('%s: %s, was %s', coalesce(n.key, o.key), coalesce(n.value, 'absent'),
                                 coalesce(o.value, 'absent')), '; ' ORDER BY coalesce(n.key, o.key))
        INTO why
        FROM jsonb_each_text(p_must) n
        FULL JOIN (SELECT e.* FROM run x JOIN fingerprint f ON f.hash = x.fingerprint_hash,
                   jsonb_each_text(f.must) e
                   WHERE x.id = (SELECT max(id) FROM run WHERE epoch_id = last.id)) o ON o.key = n.key
        WHERE n.value IS DISTINCT FROM o.value;
        INSERT INTO machine_epoch (machine_id, number, must_hash, reason)
        VALUES (r.machine_id, (SELECT coalesce(max(number), 0) + 1 FROM machine_epoch WHERE machine_id = r.machine_id), p_must_hash,
                CASE WHEN last.id IS NULL THEN 'first seen' ELSE coalesce(why, 'changed') END)
        RETURNING * INTO last;
        fresh := true;
    END IF;
    UPDATE run SET fingerprint_hash = p_hash, epoch_id = last.id WHERE id = p_run_id;
    RETURN QUERY SELECT last.id, last.number, fresh;
END $$;

CREATE OR REPLACE FUNCTION metric_store(p_benchmark text, p_name text, p_unit text, p_better text, p_statistic text,
                                        p_margin float8, p_resolution float8, p_deterministic bool,
                                        p_meaningful text[], p_identity text)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE found_id int;
BEGIN
    SELECT id INTO found_id FROM metric
    WHERE benchmark = p_benchmark AND name = p_name AND identity = p_identity;
    IF found_id IS NULL THEN
        INSERT INTO metric (benchmark, name, unit, better, statistic, margin, resolution, deterministic,
                            meaningful, identity)
        VALUES (p_benchmark, p_name, p_unit, p_better, p_statistic, p_margin, p_resolution, p_deterministic,
                p_meaningful, p_identity)
        ON CONFLICT (benchmark, name, identity) DO UPDATE SET unit = excluded.unit
        RETURNING id INTO found_id;
    END IF;
    RETURN found_id;
END $$;

-- The rows of samples as programs send them: [{metric_id, state, message, position: [], value: []}, ...]
CREATE OR REPLACE FUNCTION samples_of(p_samples jsonb)
RETURNS TABLE (metric_id int, state text, message text, "position" float8[], value float8[])
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT (s->>'metric_id')::int, coalesce(s->>'state', 'done'), s->>'message',
           CASE WHEN jsonb_typeof(s->'position') = 'array' AND s->'position' <> '[]'
                THEN ARRAY(SELECT x::float8 FROM jsonb_array_elements_text(s->'position') WITH ORDINALITY e(x, o) ORDER BY o) END,
           CASE WHEN jsonb_typeof(s->'value') = 'array' AND s->'value' <> '[]'
                THEN ARRAY(SELECT x::float8 FROM jsonb_array_elements_text(s->'value') WITH ORDINALITY e(x, o) ORDER BY o) END
    FROM jsonb_array_elements(p_samples) s
$$;

-- Stores one trial with its samples, once: a second time it returns the trial that is there.
-- p_samples: as samples_of() has it.
-- NULL: the run is another's by now, and nothing was stored.
CREATE OR REPLACE FUNCTION trial_store(p_token bigint, p_run_id bigint, p_benchmark text, p_benchmark_hash text,
                                       p_params jsonb, p_trial_key text, p_position int, p_iterations int,
                                       p_state text, p_message text, p_started_at timestamptz,
                                       p_ended_at timestamptz, p_raw_hash text, p_samples jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE t bigint;
BEGIN
    PERFORM 1 FROM job WHERE id = (SELECT job_id FROM run WHERE id = p_run_id) FOR UPDATE; -- first, as job_change() does
    PERFORM 1 FROM run WHERE id = p_run_id AND token = p_token AND state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT id INTO t FROM trial WHERE run_id = p_run_id AND trial_key = p_trial_key;
    IF FOUND THEN
        RETURN t;
    END IF;
    INSERT INTO trial (run_id, benchmark, benchmark_hash, params, trial_key, position, iterations, state, message,
                       started_at, ended_at, raw_hash)
    VALUES (p_run_id, p_benchmark, p_benchmark_hash, p_params, p_trial_key, p_position, p_iterations, p_state,
            p_message, p_started_at, p_ended_at, p_raw_hash)
    RETURNING id INTO t;
    UPDATE job SET resumed = 0 FROM run r WHERE r.id = p_run_id AND job.id = r.job_id AND job.resumed > 0;
    INSERT INTO sample (run_id, trial_id, metric_id, extraction, state, message, position, value)
    SELECT p_run_id, t, metric_id, 1, state, message, position, value FROM samples_of(p_samples);
    RETURN t;
END $$;

-- A later extraction of a stored trial: its samples become rows of the next version, which is the one that counts;
-- the earlier ones and the raw files stay. NULL: they are what they were, and nothing was stored.
CREATE OR REPLACE FUNCTION sample_store(p_run_id bigint, p_trial_id bigint, p_state text, p_message text, p_samples jsonb)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    latest int;
    b bigint;
BEGIN
    PERFORM 1 FROM trial WHERE run_id = p_run_id AND id = p_trial_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no trial % of the run %', p_trial_id, p_run_id USING ERRCODE = 'no_data_found';
    END IF;
    SELECT coalesce(max(extraction), 0) INTO latest FROM sample WHERE run_id = p_run_id AND trial_id = p_trial_id;
    IF NOT EXISTS (
        (SELECT metric_id, state, message, position, value FROM samples_of(p_samples)
         EXCEPT SELECT metric_id, state, message, position, value FROM sample
         WHERE run_id = p_run_id AND trial_id = p_trial_id AND extraction = latest)
        UNION ALL
        (SELECT metric_id, state, message, position, value FROM sample
         WHERE run_id = p_run_id AND trial_id = p_trial_id AND extraction = latest
         EXCEPT SELECT metric_id, state, message, position, value FROM samples_of(p_samples))) THEN
        RETURN NULL;
    END IF;
    INSERT INTO sample (run_id, trial_id, metric_id, extraction, state, message, position, value)
    SELECT p_run_id, p_trial_id, metric_id, latest + 1, state, message, position, value FROM samples_of(p_samples);
    UPDATE trial SET state = p_state, message = p_message WHERE run_id = p_run_id AND id = p_trial_id;
    UPDATE battery SET reported_at = NULL FROM run WHERE run.id = p_run_id AND battery.id = run.battery_id
    RETURNING battery.id INTO b;
    PERFORM pg_notify('marvin_battery', b::text);
    RETURN latest + 1;
END $$;

-- Ends a run. p_state accepted: the job is done, and with the last one its battery is complete.
-- failed: the job is queued again until its attempts are used up. False: the run is another's.
CREATE OR REPLACE FUNCTION run_finish(p_token bigint, p_run_id bigint, p_state text, p_message text, p_finding text,
                                      p_console_hash text)
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    r run;
    j job;
BEGIN
    PERFORM 1 FROM job WHERE id = (SELECT job_id FROM run WHERE id = p_run_id) FOR UPDATE; -- first, as job_change() does
    SELECT * INTO r FROM run WHERE id = p_run_id AND token = p_token AND state = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE run SET state = p_state, ended_at = marvin_now(), message = p_message, finding = p_finding,
        console_hash = p_console_hash WHERE id = p_run_id;
    PERFORM job_end(r.job_id, p_state, p_message);
    IF p_state = 'failed' AND p_finding IS NOT NULL THEN
        PERFORM battery_give_up(r.battery_id, p_finding, p_message);
    END IF;
    PERFORM machine_review(p_run_id);
    RETURN true;
END $$;

-- A release that has shown the same finding twice, and was never seen to work, is not tried in all
-- of its boots: what is open of its battery fails with what was found.
CREATE OR REPLACE FUNCTION battery_give_up(p_battery_id bigint, p_finding text, p_message text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM run WHERE battery_id = p_battery_id AND state = 'failed' AND finding = p_finding) < 2
       OR EXISTS (SELECT 1 FROM run WHERE battery_id = p_battery_id AND state = 'accepted') THEN
        RETURN;
    END IF;
    UPDATE job SET state = 'failed', reason = p_finding || ', twice: ' || coalesce(p_message, ''), ended_at = marvin_now()
    WHERE battery_id = p_battery_id AND state IN ('waiting', 'queued', 'held');
    PERFORM battery_settle(p_battery_id);
END $$;

-- What a run's end means for its job and battery.
CREATE OR REPLACE FUNCTION job_end(p_job_id bigint, p_state text, p_message text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE j job;
BEGIN
    SELECT * INTO j FROM job WHERE id = p_job_id FOR UPDATE;
    IF p_state = 'accepted' THEN
        UPDATE job SET state = 'done', reason = NULL, ended_at = marvin_now(), claim_until = NULL WHERE id = j.id;
    ELSIF j.attempts >= j.max_attempts THEN
        UPDATE job SET state = 'failed', reason = p_message, ended_at = marvin_now(), claim_until = NULL WHERE id = j.id;
    ELSE
        UPDATE job SET state = 'queued', reason = p_message, claimed_by = NULL, claim_token = NULL,
            claim_until = NULL WHERE id = j.id;
    END IF;
    PERFORM battery_settle(j.battery_id);
END $$;

-- A battery is complete when none of its jobs is open and one is done; failed when none is done and one failed;
-- cancelled when people did not want it: no boot ended otherwise, or was ever begun before its build was cancelled.
-- One whose plan wants narrower intervals than it has gets more boots instead.
CREATE OR REPLACE FUNCTION battery_settle(p_battery_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    PERFORM 1 FROM battery WHERE id = p_battery_id FOR UPDATE;
    IF battery_extend(p_battery_id) THEN
        RETURN;
    END IF;
    UPDATE battery b SET completed_at = marvin_now(),
        state = CASE WHEN EXISTS (SELECT 1 FROM job WHERE battery_id = b.id AND state = 'done') THEN 'complete'
                     WHEN EXISTS (SELECT 1 FROM job j LEFT JOIN job n ON n.id = j.needs_job_id
                                  WHERE j.battery_id = b.id AND j.state = 'failed'
                                    AND (j.attempts > 0 OR n.state IS DISTINCT FROM 'cancelled')) THEN 'failed'
                     ELSE 'cancelled' END
    WHERE id = p_battery_id AND state = 'pending'
      AND NOT EXISTS (SELECT 1 FROM job WHERE battery_id = b.id AND state IN ('waiting', 'queued', 'held', 'claimed'));
    IF FOUND THEN
        PERFORM pg_notify('marvin_battery', p_battery_id::text);
    END IF;
END $$;
