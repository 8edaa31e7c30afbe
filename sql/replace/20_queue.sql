-- The queue: what bob asks for, what builders and runners claim. A claim has an end and a token;
-- whoever comes back with an older token is told so and changes nothing.

CREATE OR REPLACE FUNCTION definition_store(p_hash text, p_kind text, p_name text, p_body jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO definition (hash, kind, name, body) VALUES (p_hash, p_kind, p_name, p_body)
    ON CONFLICT (hash) DO NOTHING
$$;

CREATE OR REPLACE FUNCTION tree_store(p_name text, p_kind text, p_hash text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO tree (name, kind, definition_hash) VALUES (p_name, p_kind, p_hash)
    ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, definition_hash = excluded.definition_hash
    RETURNING id
$$;

-- What of a tree was gone through to the end; NULL leaves one as it is.
CREATE OR REPLACE FUNCTION tree_note(p_id int, p_polled text, p_queued text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    UPDATE tree SET polled = coalesce(p_polled, polled), queued = coalesce(p_queued, queued) WHERE id = p_id
$$;

CREATE OR REPLACE FUNCTION distro_store(p_name text, p_hash text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO distro (name, definition_hash) VALUES (p_name, p_hash)
    ON CONFLICT (name) DO UPDATE SET definition_hash = coalesce(excluded.definition_hash, distro.definition_hash)
    RETURNING id
$$;

CREATE OR REPLACE FUNCTION notice_store(p_source text, p_message text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO notice (source, message) VALUES (p_source, p_message)
    ON CONFLICT (source, message) DO UPDATE SET last_at = marvin_now(), times = notice.times + 1
$$;

CREATE OR REPLACE FUNCTION subject_store(p_tree_id int, p_revision text, p_committed_at timestamptz, p_summary text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE found_id bigint;
BEGIN
    SELECT id INTO found_id FROM subject WHERE tree_id = p_tree_id AND revision = p_revision;
    IF found_id IS NULL THEN
        INSERT INTO subject (tree_id, revision, committed_at, summary)
        VALUES (p_tree_id, p_revision, p_committed_at, p_summary)
        ON CONFLICT (tree_id, revision) DO UPDATE SET summary = excluded.summary
        RETURNING id INTO found_id;
    END IF;
    RETURN found_id;
END $$;

-- A release that is known stays what it was; a tag that points elsewhere now is a release_move.
-- what: new, known or moved.
CREATE OR REPLACE FUNCTION release_store(p_tree_id int, p_subject_id bigint, p_name text, p_sort_key text,
                                         p_prerelease bool, p_annotated bool, p_released_at timestamptz)
RETURNS TABLE (release_id bigint, what text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE known release;
BEGIN
    SELECT * INTO known FROM release r WHERE r.tree_id = p_tree_id AND r.name = p_name;
    IF NOT FOUND THEN
        INSERT INTO release (tree_id, subject_id, name, sort_key, prerelease, annotated, released_at)
        VALUES (p_tree_id, p_subject_id, p_name, p_sort_key, p_prerelease, p_annotated, p_released_at)
        ON CONFLICT (tree_id, name) DO NOTHING RETURNING * INTO known;
        IF FOUND THEN
            RETURN QUERY SELECT known.id, 'new'::text;
            RETURN;
        END IF;
        SELECT * INTO known FROM release r WHERE r.tree_id = p_tree_id AND r.name = p_name;
    END IF;
    IF known.subject_id = p_subject_id THEN
        RETURN QUERY SELECT known.id, 'known'::text;
    ELSE
        INSERT INTO release_move (release_id, new_revision)
        SELECT known.id, revision FROM subject WHERE id = p_subject_id ON CONFLICT DO NOTHING;
        RETURN QUERY SELECT known.id, 'moved'::text;
    END IF;
END $$;

-- Queues a build again whose artifact has been removed from the store since; nothing else.
CREATE OR REPLACE FUNCTION build_again(p_job_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    UPDATE job SET state = 'queued', attempts = 0, artifact_hash = NULL, ended_at = NULL
    WHERE id = p_job_id AND kind = 'build' AND state = 'done'
      AND EXISTS (SELECT 1 FROM artifact a WHERE a.hash = job.artifact_hash AND a.removed_at IS NOT NULL);
    IF FOUND THEN
        PERFORM pg_notify('marvin_build', p_job_id::text);
    END IF;
END $$;

-- The build job of a subject: made once for a recipe, toolchain and architecture. A more urgent
-- wish for the same build raises it.
CREATE OR REPLACE FUNCTION queue_build(p_subject_id bigint, p_tree_hash text, p_recipe_hash text,
                                       p_toolchain text, p_arch text, p_priority int)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE j bigint;
BEGIN
    SELECT id INTO j FROM job WHERE subject_id = p_subject_id AND recipe_hash = p_recipe_hash
        AND toolchain = p_toolchain AND arch = p_arch;
    PERFORM build_again(j);
    IF j IS NULL THEN
        INSERT INTO job (kind, state, priority, rank, subject_id, tree_hash, recipe_hash, toolchain, arch)
        VALUES ('build', 'queued', p_priority, 0, p_subject_id, p_tree_hash, p_recipe_hash, p_toolchain, p_arch)
        ON CONFLICT (subject_id, recipe_hash, toolchain, arch) DO NOTHING RETURNING id INTO j;
        IF j IS NULL THEN
            SELECT id INTO j FROM job WHERE subject_id = p_subject_id AND recipe_hash = p_recipe_hash
                AND toolchain = p_toolchain AND arch = p_arch;
        ELSE
            PERFORM pg_notify('marvin_build', j::text);
        END IF;
    END IF;
    UPDATE job SET priority = p_priority WHERE id = j AND state IN ('queued', 'waiting') AND priority > p_priority;
    RETURN j;
END $$;

-- Why a boot ended whose build failed or was cancelled. What people gave as the reason of a cancel is theirs to read;
-- what a failed build says is its own message.
CREATE OR REPLACE FUNCTION build_ending(p_state text, p_reason text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'the build ' || p_state || CASE WHEN p_state = 'cancelled' THEN coalesce(': ' || p_reason, '') ELSE '' END
$$;

-- A battery and its boot jobs, made once for a subject, machine, distro and plan identity.
-- Interleaved boots (the plan's default) rank by their number, so that the first boots of all
-- releases come before the second ones and a bad hour does not fall on one release alone.
-- what: new, known, or more (boots were added to a known one, an adaptive extension included).
CREATE OR REPLACE FUNCTION queue_battery(p_subject_id bigint, p_machine_id int, p_distro_id int, p_plan text,
                                         p_plan_key text, p_plan_hash text, p_boots int, p_priority int,
                                         p_asked_by text, p_build_job_id bigint)
RETURNS TABLE (battery_id bigint, what text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    b battery;
    was int := 0;
    needed job;
    fresh bool := false;
    interleave bool := coalesce((SELECT (body->>'interleave')::bool FROM definition WHERE hash = p_plan_hash), true);
BEGIN
    PERFORM FROM job WHERE id = p_build_job_id FOR UPDATE; -- before the battery: finish_build's order
    INSERT INTO battery (subject_id, machine_id, distro_id, plan, plan_key, plan_hash, boots, priority, asked_by)
    VALUES (p_subject_id, p_machine_id, p_distro_id, p_plan, p_plan_key, p_plan_hash, p_boots, p_priority, p_asked_by)
    ON CONFLICT (subject_id, machine_id, distro_id, plan_key) DO NOTHING RETURNING * INTO b;
    fresh := FOUND;
    IF NOT fresh THEN
        SELECT * INTO b FROM battery WHERE subject_id = p_subject_id AND machine_id = p_machine_id
            AND distro_id = p_distro_id AND plan_key = p_plan_key FOR UPDATE;
        was := b.boots;
        IF p_priority < b.priority THEN
            UPDATE battery SET priority = p_priority WHERE id = b.id;
            UPDATE job SET priority = p_priority
            WHERE battery_id = b.id AND state IN ('queued', 'waiting') AND priority > p_priority;
        END IF;
        IF p_boots <= was THEN
            RETURN QUERY SELECT b.id, 'known'::text;
            RETURN;
        END IF;
        UPDATE battery SET boots = p_boots, plan_hash = p_plan_hash, state = 'pending', completed_at = NULL,
            reported_at = NULL WHERE id = b.id;
    END IF;
    PERFORM build_again(p_build_job_id);
    SELECT * INTO needed FROM job WHERE id = p_build_job_id FOR UPDATE;
    INSERT INTO job (kind, state, priority, rank, reason, battery_id, boot, machine_id, needs_job_id, artifact_hash)
    SELECT 'boot',
           CASE WHEN needed.id IS NULL OR needed.state = 'done' AND NOT transfer_is_open(needed.artifact_hash) THEN 'queued'
                WHEN needed.state IN ('failed', 'cancelled') THEN 'failed' ELSE 'waiting' END,
           p_priority, CASE WHEN interleave THEN i ELSE 0 END,
           CASE WHEN needed.state IN ('failed', 'cancelled') THEN build_ending(needed.state, needed.reason) END,
           b.id, i, p_machine_id, needed.id, needed.artifact_hash
    FROM generate_series(was + 1, p_boots) i;
    IF needed.state IN ('failed', 'cancelled') THEN
        PERFORM battery_settle(b.id);
    END IF;
    PERFORM pg_notify('marvin_boot', p_machine_id::text);
    RETURN QUERY SELECT b.id, CASE WHEN fresh THEN 'new' ELSE 'more' END;
END $$;

-- Somebody asks for a battery that is there by its name: its open boots and the builds that they wait for are raised,
-- and with p_again those are queued again that were cancelled, or whose build was. True: there were some.
CREATE OR REPLACE FUNCTION battery_want(p_battery_id bigint, p_priority int, p_again bool) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE back bigint[];
BEGIN
    PERFORM FROM job WHERE id IN (SELECT needs_job_id FROM job WHERE battery_id = p_battery_id) ORDER BY id FOR UPDATE;
    PERFORM FROM job WHERE battery_id = p_battery_id ORDER BY id FOR UPDATE;
    SELECT array_agg(j.id ORDER BY j.id) INTO back FROM job j LEFT JOIN job n ON n.id = j.needs_job_id
    WHERE p_again AND j.battery_id = p_battery_id
      AND (j.state = 'cancelled' OR j.state = 'failed' AND j.attempts = 0 AND n.state = 'cancelled');
    PERFORM job_change(id, 'retry', NULL) FROM unnest(back) id;
    UPDATE battery SET priority = p_priority WHERE id = p_battery_id AND priority > p_priority;
    UPDATE job SET priority = p_priority
    WHERE (battery_id = p_battery_id
           OR id IN (SELECT needs_job_id FROM job WHERE battery_id = p_battery_id AND state = 'waiting'))
      AND state IN ('queued', 'waiting') AND priority > p_priority;
    RETURN back IS NOT NULL;
END $$;

-- Puts the boots of a new battery behind others of its priority: a backfill takes the newest and the
-- oldest releases first, with all of their boots in turns, and then the next ones.
CREATE OR REPLACE FUNCTION battery_rank(p_battery_id bigint, p_by int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    UPDATE job SET rank = rank + p_by WHERE battery_id = p_battery_id AND state IN ('queued', 'waiting')
$$;

-- Bridges the latest epoch of machines: where an earlier one of the machine's own has complete batteries of the tree's
-- plans, those of the latest two releases there are queued again at backfill priority, once for an epoch, machine and
-- tree. They are batteries of their own, so that the plan's keep their boots, and run in whatever epoch the machine has
-- by then. p_plan_keys, p_plan_hashes and p_boots: the plans as they are now. Returns how many batteries are new.
CREATE OR REPLACE FUNCTION queue_anchors(p_tree_id int, p_machine_ids int[], p_plan_keys text[], p_plan_hashes text[],
                                         p_boots int[], p_prereleases bool) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    fresh record;
    a record;
    made int := 0;
BEGIN
    FOR fresh IN
        SELECT DISTINCT ON (e.machine_id) e.* FROM machine_epoch e
        WHERE e.machine_id = ANY (p_machine_ids) AND NOT e.imported ORDER BY e.machine_id, e.number DESC
    LOOP
        CONTINUE WHEN fresh.number = 1 OR EXISTS (
            SELECT 1 FROM battery b JOIN subject s ON s.id = b.subject_id
            WHERE s.tree_id = p_tree_id AND b.machine_id = fresh.machine_id AND b.asked_by = 'anchor'
              AND (b.state = 'pending' OR b.plan_key LIKE '%#anchor-' || fresh.number
                   OR EXISTS (SELECT 1 FROM job j JOIN run r ON r.job_id = j.id
                              WHERE j.battery_id = b.id AND r.state = 'accepted' AND r.epoch_id = fresh.id)));
        FOR a IN
            WITH there AS (
                SELECT b.id, b.subject_id, b.distro_id, b.plan, p.key, p.hash, p.boots, ran.build_job, ran.high AS number
                FROM unnest(p_plan_keys, p_plan_hashes, p_boots) p(key, hash, boots)
                JOIN battery b ON b.plan_key = p.key OR starts_with(b.plan_key, p.key || '#anchor-')
                JOIN subject s ON s.id = b.subject_id
                JOIN LATERAL (
                    SELECT min(e.number) AS low, max(e.number) AS high, bool_or(e.imported) AS imported,
                           max(j.needs_job_id) AS build_job
                    FROM job j JOIN run r ON r.job_id = j.id JOIN machine_epoch e ON e.id = r.epoch_id
                    WHERE j.battery_id = b.id AND r.state = 'accepted') ran
                  ON ran.low = ran.high AND ran.high < fresh.number AND NOT ran.imported
                WHERE s.tree_id = p_tree_id AND b.machine_id = fresh.machine_id AND b.state = 'complete'
            ), latest AS (
                SELECT t.subject_id FROM there t
                JOIN release r ON r.subject_id = t.subject_id AND r.tree_id = p_tree_id
                WHERE t.number = (SELECT max(number) FROM there) AND (p_prereleases OR NOT r.prerelease)
                GROUP BY t.subject_id ORDER BY max(r.sort_key) DESC LIMIT 2
            )
            SELECT DISTINCT ON (t.subject_id, t.distro_id, t.key) t.* FROM there t JOIN latest USING (subject_id)
            WHERE t.number = (SELECT max(number) FROM there) ORDER BY t.subject_id, t.distro_id, t.key, t.id
        LOOP
            made := made + (SELECT count(*) FROM queue_battery(
                a.subject_id, fresh.machine_id, a.distro_id, a.plan, a.key || '#anchor-' || fresh.number, a.hash,
                a.boots, 40, 'anchor', a.build_job) WHERE what = 'new');
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- Lets the boots that failed because their build did wait for another build: the recipe was
-- corrected. False: there were none, or that build has failed too.
CREATE OR REPLACE FUNCTION battery_rebuild(p_battery_id bigint, p_build_job_id bigint) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    b battery;
    needed job;
BEGIN
    SELECT * INTO needed FROM job WHERE id = p_build_job_id AND state NOT IN ('failed', 'cancelled') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO b FROM battery WHERE id = p_battery_id AND state IN ('failed', 'cancelled') FOR UPDATE;
    UPDATE job SET state = CASE WHEN needed.state = 'done' AND NOT transfer_is_open(needed.artifact_hash)
                                THEN 'queued' ELSE 'waiting' END, reason = NULL,
        ended_at = NULL, needs_job_id = needed.id, artifact_hash = needed.artifact_hash
    WHERE battery_id = b.id AND state = 'failed' AND attempts = 0 AND needs_job_id <> needed.id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE battery SET state = 'pending', completed_at = NULL, reported_at = NULL WHERE id = b.id;
    PERFORM pg_notify('marvin_boot', b.machine_id::text);
    RETURN true;
END $$;

-- Builders --------------------------------------------------------------------------------------

-- NULL: a builder of that name is at work from another state folder (p_home), or was less than
-- p_gone_s ago. Two of one name would take each other's builds for those of a dead process.
CREATE OR REPLACE FUNCTION builder_announce(p_name text, p_arch text, p_toolchains text[], p_cores int,
                                            p_home text, p_gone_s float8) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO builder (name, arch, toolchains, cores, home) VALUES (p_name, p_arch, p_toolchains, p_cores, p_home)
    ON CONFLICT (name) DO UPDATE SET arch = excluded.arch, toolchains = excluded.toolchains,
        cores = excluded.cores, home = excluded.home, last_seen_at = marvin_now()
    WHERE builder.home = excluded.home
       OR builder.last_seen_at < marvin_now() - make_interval(secs => p_gone_s)
      AND NOT EXISTS (SELECT 1 FROM job WHERE claimed_by = p_name AND kind = 'build' AND state = 'claimed'
                      AND claim_until > marvin_now())
    RETURNING id
$$;

-- Queues again what an earlier process of this builder had claimed: the caller has proved it dead
-- (or is that process, and stops). p_counts: whether the attempt was one. Returns how many.
CREATE OR REPLACE FUNCTION builder_reclaim(p_name text, p_counts bool) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    j job;
    n int := 0;
BEGIN
    FOR j IN SELECT * FROM job WHERE kind = 'build' AND state = 'claimed' AND claimed_by = p_name FOR UPDATE LOOP
        UPDATE build SET state = 'lost', ended_at = marvin_now(),
            message = CASE WHEN p_counts THEN 'its builder did not come back' ELSE 'its builder was stopped' END
        WHERE job_id = j.id AND state = 'running';
        IF p_counts AND j.attempts >= j.max_attempts THEN
            UPDATE job SET state = 'failed', ended_at = marvin_now(),
                reason = format('%s builders took it and did not come back', j.attempts) WHERE id = j.id;
            PERFORM queue_follow_build(j.id);
        ELSE
            UPDATE job SET state = 'queued', claimed_by = NULL, claim_token = NULL, claim_until = NULL,
                attempts = attempts - CASE WHEN p_counts THEN 0 ELSE 1 END WHERE id = j.id;
            PERFORM pg_notify('marvin_build', j.id::text);
        END IF;
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- What becomes of the boots that wait for a build. While its artifact is on its way to the store
-- they go on waiting: transfer_done() comes here again.
CREATE OR REPLACE FUNCTION queue_follow_build(p_job_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE built job;
BEGIN
    SELECT * INTO built FROM job WHERE id = p_job_id;
    IF built.state = 'done' AND transfer_is_open(built.artifact_hash) THEN
        UPDATE job SET reason = 'the artifact is on its way to the store' WHERE needs_job_id = p_job_id AND state = 'waiting';
    ELSIF built.state = 'done' THEN
        UPDATE job SET state = 'queued', reason = NULL, artifact_hash = built.artifact_hash
        WHERE needs_job_id = p_job_id AND state = 'waiting';
    ELSIF built.state IN ('failed', 'cancelled') THEN
        UPDATE job SET state = 'failed', reason = build_ending(built.state, built.reason), ended_at = marvin_now()
        WHERE needs_job_id = p_job_id AND state = 'waiting';
        PERFORM battery_settle(x.battery_id)
        FROM (SELECT DISTINCT battery_id FROM job WHERE needs_job_id = p_job_id ORDER BY battery_id) x;
    END IF;
    PERFORM pg_notify('marvin_boot', m::text)
    FROM (SELECT DISTINCT machine_id AS m FROM job WHERE needs_job_id = p_job_id) s;
END $$;

-- Whether a builder of that architecture, with these toolchains, can do such a build: natively, or
-- with a cross toolchain that names the architecture (aarch64-linux-gnu-gcc-12).
CREATE OR REPLACE FUNCTION builder_suits(p_arch text, p_toolchains text[], p_job_arch text, p_job_toolchain text)
RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_job_toolchain = '' THEN p_arch = p_job_arch
                ELSE p_job_toolchain = ANY (p_toolchains)
                     AND (p_arch = p_job_arch OR split_part(p_job_toolchain, '-', 1)
                          = CASE p_job_arch WHEN 'armv7l' THEN 'arm' WHEN 'ppc64le' THEN 'powerpc64le' ELSE p_job_arch END)
           END
$$;

-- The most urgent build job that this builder can do, or no row. A claim whose end has passed is
-- free again: its build becomes lost.
CREATE OR REPLACE FUNCTION claim_build(p_builder text, p_seconds float8)
RETURNS TABLE (job_id bigint, build_id bigint, token bigint, attempt int, tree text, revision text, release text,
               tree_body jsonb, recipe_body jsonb, recipe_hash text, toolchain text, arch text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    who builder;
    j job;
    fresh_token bigint := nextval('fence');
    fresh_build bigint;
BEGIN
    UPDATE builder SET last_seen_at = marvin_now() WHERE name = p_builder RETURNING * INTO who;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the builder % has not announced itself', p_builder;
    END IF;
    SELECT * INTO j FROM next_build(who);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE build SET state = 'lost', ended_at = marvin_now(), message = 'its builder did not come back'
    WHERE job_id = j.id AND state = 'running';
    IF j.attempts >= j.max_attempts THEN
        UPDATE job SET state = 'failed', ended_at = marvin_now(),
            reason = format('%s builders took it and did not come back', j.attempts) WHERE id = j.id;
        PERFORM queue_follow_build(j.id);
        RETURN QUERY SELECT * FROM claim_build(p_builder, p_seconds);
        RETURN;
    END IF;
    UPDATE job SET state = 'claimed', attempts = attempts + 1, claimed_by = p_builder, claim_token = fresh_token,
        claim_until = marvin_now() + make_interval(secs => p_seconds) WHERE id = j.id;
    INSERT INTO build (job_id, builder_id, token) VALUES (j.id, who.id, fresh_token) RETURNING id INTO fresh_build;
    RETURN QUERY
        SELECT j.id, fresh_build, fresh_token, j.attempts + 1, t.name, s.revision,
               (SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.id LIMIT 1),
               dt.body, dr.body, j.recipe_hash, j.toolchain, j.arch
        FROM subject s JOIN tree t ON t.id = s.tree_id
        JOIN definition dt ON dt.hash = j.tree_hash JOIN definition dr ON dr.hash = j.recipe_hash
        WHERE s.id = j.subject_id;
END $$;

CREATE OR REPLACE FUNCTION claim_extend(p_token bigint, p_seconds float8) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH done AS (
        UPDATE job SET claim_until = marvin_now() + make_interval(secs => p_seconds)
        WHERE claim_token = p_token AND state = 'claimed' RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;

-- Ends a build. False: the claim is another's by now, and nothing was changed.
-- p_state: done, failed, deadline or too-big.
CREATE OR REPLACE FUNCTION finish_build(p_token bigint, p_state text, p_exit_status int, p_elapsed_s float8,
                                        p_user_s float8, p_system_s float8, p_message text, p_log_hash text,
                                        p_artifact_hash text, p_artifact_bytes bigint, p_files jsonb, p_facts jsonb)
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    j bigint;
    b bigint;
BEGIN
    SELECT id INTO j FROM job WHERE claim_token = p_token AND state = 'claimed' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM build_late(p_token, p_elapsed_s, p_user_s, p_system_s, p_log_hash, p_facts);
        RETURN false;
    END IF;
    PERFORM build_units_store(p_token, p_facts->'units');
    IF p_artifact_hash IS NOT NULL THEN
        IF transfer_is_open(p_artifact_hash)
           AND NOT EXISTS (SELECT 1 FROM transfer t WHERE t.hash = p_artifact_hash AND transfer_is_whole(t.id)) THEN
            RAISE EXCEPTION 'the artifact % has not come whole', p_artifact_hash;
        END IF;
        INSERT INTO artifact (hash, bytes, files) VALUES (p_artifact_hash, p_artifact_bytes, coalesce(p_files, '[]'))
        ON CONFLICT (hash) DO UPDATE SET removed_at = NULL, created_at = marvin_now() WHERE artifact.removed_at IS NOT NULL;
    END IF;
    UPDATE build SET state = p_state, ended_at = marvin_now(), exit_status = p_exit_status, elapsed_s = p_elapsed_s,
        user_s = p_user_s, system_s = p_system_s, message = p_message, log_hash = p_log_hash,
        artifact_hash = p_artifact_hash, facts = coalesce(p_facts, '{}') - 'units' - 'config_text'
    WHERE token = p_token RETURNING id INTO b;
    IF p_facts ? 'config_text' THEN
        PERFORM build_config_store(b, p_facts->>'config_text');
    END IF;
    UPDATE job SET state = CASE WHEN p_state = 'done' THEN 'done' ELSE 'failed' END, reason = p_message,
        artifact_hash = p_artifact_hash, ended_at = marvin_now() WHERE id = j;
    PERFORM queue_follow_build(j);
    IF transfer_is_open(p_artifact_hash) OR transfer_is_open(p_log_hash) THEN
        PERFORM pg_notify('marvin_transfer', '');
    END IF;
    RETURN true;
END $$;
