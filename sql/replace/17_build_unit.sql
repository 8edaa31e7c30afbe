-- Statistics of builds.

-- The units of an attempt, once: [{kind, name, start_s, end_s, took_s, n}].
CREATE OR REPLACE FUNCTION build_units_store(p_token bigint, p_units jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO build_unit (build_id, kind, name, start_s, end_s, took_s, n)
    SELECT b.id, u.kind, u.name, u.start_s, u.end_s, u.took_s, u.n
    FROM build b, jsonb_to_recordset(coalesce(p_units, '[]'))
         AS u(kind text, name text, start_s float8, end_s float8, took_s float8, n int)
    WHERE b.token = p_token AND NOT EXISTS (SELECT 1 FROM build_unit x WHERE x.build_id = b.id)
$$;

-- The record of an attempt that was told after another builder had taken the job: it stays lost.
CREATE OR REPLACE FUNCTION build_late(p_token bigint, p_elapsed_s float8, p_user_s float8, p_system_s float8,
                                      p_log_hash text, p_facts jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    UPDATE build SET elapsed_s = p_elapsed_s, user_s = p_user_s, system_s = p_system_s, log_hash = p_log_hash,
        facts = coalesce(p_facts, '{}') - 'units' WHERE token = p_token AND state = 'lost' AND elapsed_s IS NULL;
    IF FOUND THEN
        PERFORM build_units_store(p_token, p_facts->'units');
    END IF;
END $$;

DROP FUNCTION IF EXISTS foreign_build_store(text, text, text, text, text, text, text, text, text, timestamptz, timestamptz, text, text, jsonb, jsonb);

-- A build that another system recorded, once. p_units: as above, with cpu_s and failed. p_again: one
-- that is known belongs to this tree, release and builder now. what: new, known or replaced.
CREATE OR REPLACE FUNCTION foreign_build_store(p_hash text, p_source text, p_format text, p_tree text, p_release text,
                                               p_target text, p_arch text, p_distro text, p_builder text,
                                               p_started_at timestamptz, p_ended_at timestamptz, p_state text,
                                               p_failed_step text, p_facts jsonb, p_units jsonb, p_again bool) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE fresh bigint;
BEGIN
    INSERT INTO foreign_build (hash, source, format, tree, release, target, arch, distro, builder, started_at, ended_at,
                               state, failed_step, facts)
    VALUES (p_hash, p_source, p_format, p_tree, p_release, p_target, p_arch, p_distro, p_builder, p_started_at, p_ended_at,
            p_state, p_failed_step, p_facts)
    ON CONFLICT (hash) DO NOTHING RETURNING id INTO fresh;
    IF fresh IS NULL AND p_again THEN
        UPDATE foreign_build SET tree = p_tree, release = p_release, target = p_target, distro = p_distro, builder = p_builder
        WHERE hash = p_hash;
        RETURN 'replaced';
    ELSIF fresh IS NULL THEN
        RETURN 'known';
    END IF;
    INSERT INTO build_unit (foreign_id, kind, name, start_s, end_s, took_s, cpu_s, n, failed)
    SELECT fresh, u.kind, u.name, u.start_s, u.end_s, u.took_s, u.cpu_s, coalesce(u.n, 1), coalesce(u.failed, false)
    FROM jsonb_to_recordset(coalesce(p_units, '[]'))
         AS u(kind text, name text, start_s float8, end_s float8, took_s float8, cpu_s float8, n int, failed bool);
    RETURN 'new';
END $$;

-- Forgets the logs of builds that succeeded longer ago; their objects are then cited by nothing.
CREATE OR REPLACE FUNCTION success_logs_expire(p_seconds float8, p_dry bool) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE n int;
BEGIN
    IF p_dry THEN
        SELECT count(*) INTO n FROM build WHERE state = 'done' AND log_hash IS NOT NULL
            AND ended_at < marvin_now() - make_interval(secs => p_seconds);
    ELSE
        UPDATE build SET log_hash = NULL WHERE state = 'done' AND log_hash IS NOT NULL
            AND ended_at < marvin_now() - make_interval(secs => p_seconds);
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    RETURN n;
END $$;
