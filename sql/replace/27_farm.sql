-- The build farm: written by the one that serves it, read by builders.

-- The port of a pool: the one it had, or the first that is free from p_first on.
CREATE OR REPLACE FUNCTION farm_port(p_key text, p_first int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE found_port int;
BEGIN
    LOCK TABLE farm_pool IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM farm_pool WHERE key = p_key AND port NOT BETWEEN p_first AND p_first + 999;
    SELECT port INTO found_port FROM farm_pool WHERE key = p_key;
    IF found_port IS NULL THEN
        SELECT min(n) INTO found_port FROM generate_series(p_first, p_first + 999) n
        WHERE n NOT IN (SELECT port FROM farm_pool);
        INSERT INTO farm_pool (key, port) VALUES (p_key, found_port);
    END IF;
    RETURN found_port;
END $$;

CREATE OR REPLACE FUNCTION farm_store(p_proxy text, p_jobs_per_core float8, p_versions jsonb, p_waiting int,
                                      p_names text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO farm (proxy, jobs_per_core, versions, waiting, seen_at)
    VALUES (p_proxy, p_jobs_per_core, p_versions, p_waiting, marvin_now())
    ON CONFLICT (one) DO UPDATE SET proxy = excluded.proxy, jobs_per_core = excluded.jobs_per_core,
        versions = excluded.versions, waiting = excluded.waiting, seen_at = excluded.seen_at;
    UPDATE node SET state = 'removed', since = marvin_now(), message = NULL, port = NULL, drained = false,
        busy = NULL, load = NULL
    WHERE state <> 'removed' AND name <> ALL (p_names);
$$;

-- What became of a node; whether people asked to drain it.
CREATE OR REPLACE FUNCTION node_store(p_name text, p_address text, p_cores int, p_arch text, p_toolchains text[],
                                      p_port int, p_state text, p_message text, p_busy int, p_done bigint,
                                      p_errors bigint, p_load float8) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO node AS n (name, address, cores, arch, toolchains, port, state, message, busy, done, errors, load, seen_at)
    VALUES (p_name, p_address, p_cores, p_arch, p_toolchains, p_port, p_state, p_message, p_busy, p_done, p_errors,
            p_load, CASE WHEN p_state IN ('up', 'draining') THEN marvin_now() END)
    ON CONFLICT (name) DO UPDATE SET address = excluded.address, cores = excluded.cores, arch = excluded.arch,
        toolchains = excluded.toolchains, port = excluded.port, state = excluded.state, message = excluded.message,
        busy = excluded.busy, done = excluded.done, errors = excluded.errors, load = excluded.load,
        seen_at = coalesce(excluded.seen_at, n.seen_at),
        since = CASE WHEN n.state = excluded.state THEN n.since ELSE marvin_now() END
    RETURNING drained
$$;

-- False: there is no such node.
CREATE OR REPLACE FUNCTION node_drain(p_name text, p_drained bool) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    WITH done AS (UPDATE node SET drained = p_drained WHERE name = p_name AND state <> 'removed' RETURNING 1),
         told AS (SELECT pg_notify('marvin_farm', p_name))
    SELECT EXISTS (SELECT 1 FROM done) FROM told
$$;
