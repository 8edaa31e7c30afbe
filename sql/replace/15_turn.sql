-- Whose turn it is. A queue is served by priority; but every fourth claim goes to the job that has
-- waited longest among those that have waited for too long (longest-wait, preset 14 days), so that
-- a stream of urgent work holds up the rest and never starves it.

CREATE OR REPLACE FUNCTION setting_store(p_name text, p_value text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO setting (name, value) VALUES (p_name, p_value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value <> excluded.value
$$;

-- What was asked for before this has waited for too long.
CREATE OR REPLACE FUNCTION overdue_before() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT marvin_now() - make_interval(secs => coalesce((SELECT value::float8 FROM setting WHERE name = 'longest-wait'),
                                                         14 * 86400.0))
$$;

-- Whether the next claim of a queue (the builds, or the boots of a machine) is the turn of age.
CREATE OR REPLACE FUNCTION turn_is_of_age(p_kind text, p_machine_id int) RETURNS bool
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT count(*) = 3 AND NOT bool_or(by_age)
    FROM (SELECT by_age FROM job WHERE kind = p_kind AND machine_id IS NOT DISTINCT FROM p_machine_id AND turn IS NOT NULL
          ORDER BY turn DESC LIMIT 3) last
$$;

-- The running bisection that has asked for a machine of its own (--exclusive): while it does, nothing
-- else runs there between its boots. One that has done nothing for a quarter of an hour has lost it.
CREATE OR REPLACE FUNCTION exclusive_bisection(p_machine_id int) RETURNS bigint
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT b.id FROM bisection b
    WHERE b.state = 'running' AND p_machine_id = ANY (b.machine_ids) AND (b.options->>'exclusive')::bool
      AND EXISTS (SELECT 1 FROM bisection_request q JOIN job j ON j.battery_id = q.battery_id
                                                    AND j.boot BETWEEN q.first_boot AND q.last_boot
                  WHERE q.bisection_id = b.id
                    AND (j.state IN ('waiting', 'queued', 'claimed') OR j.ended_at > marvin_now() - interval '15 min'
                         OR q.asked_at > marvin_now() - interval '15 min'))
    ORDER BY b.id LIMIT 1
$$;

-- The next boot of a machine, locked: by age when that has the turn, else by priority.
CREATE OR REPLACE FUNCTION next_boot(p_machine_id int) RETURNS SETOF job
LANGUAGE plpgsql SET search_path = marvin, pg_temp AS $$
DECLARE alone bigint := exclusive_bisection(p_machine_id);
BEGIN
    IF alone IS NOT NULL THEN
        RETURN QUERY UPDATE job SET by_age = false, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
            SELECT j.id FROM job j JOIN bisection_request q ON q.battery_id = j.battery_id AND q.bisection_id = alone
                                                           AND j.boot BETWEEN q.first_boot AND q.last_boot
            WHERE j.kind = 'boot' AND j.machine_id = p_machine_id AND j.state = 'queued'
            ORDER BY j.rank, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED) RETURNING *;
        RETURN;
    END IF;
    IF turn_is_of_age('boot', p_machine_id) THEN
        RETURN QUERY UPDATE job SET by_age = true, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
            SELECT id FROM job WHERE kind = 'boot' AND machine_id = p_machine_id AND state = 'queued' AND queued_at < overdue_before()
            ORDER BY queued_at, rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY UPDATE job SET by_age = false, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
        SELECT id FROM job WHERE kind = 'boot' AND machine_id = p_machine_id AND state = 'queued'
        ORDER BY priority, rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *;
END $$;

-- Whether a battery is a canary: a known-good release, booted to learn about the machine.
CREATE OR REPLACE FUNCTION is_canary(p_battery_id bigint) RETURNS bool
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM battery b JOIN definition d ON d.hash = b.plan_hash
                   WHERE b.id = p_battery_id AND d.body->>'realm' = 'canary')
$$;

-- The next boot of a machine that is out of service: a canary, or none.
CREATE OR REPLACE FUNCTION next_canary(p_machine_id int) RETURNS SETOF job
LANGUAGE sql SET search_path = marvin, pg_temp AS $$
    UPDATE job SET by_age = false, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
        SELECT id FROM job WHERE kind = 'boot' AND machine_id = p_machine_id AND state = 'queued' AND is_canary(battery_id)
        ORDER BY priority, rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *
$$;

-- The same of the builds that a builder can do; one whose claim has ended is free again.
CREATE OR REPLACE FUNCTION next_build(p_builder builder) RETURNS SETOF job
LANGUAGE plpgsql SET search_path = marvin, pg_temp AS $$
BEGIN
    IF turn_is_of_age('build', NULL) THEN
        RETURN QUERY UPDATE job SET by_age = true, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
            SELECT id FROM job WHERE kind = 'build' AND state = 'queued' AND queued_at < overdue_before()
              AND builder_suits(p_builder.arch, p_builder.toolchains, arch, toolchain)
              AND coalesce(pinned_to, p_builder.name) = p_builder.name
            ORDER BY queued_at, rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY UPDATE job SET by_age = false, turn = nextval('fence'), claimed_at = marvin_now() WHERE id = (
        SELECT id FROM job WHERE kind = 'build' AND (state = 'queued' OR state = 'claimed' AND claim_until < marvin_now())
          AND builder_suits(p_builder.arch, p_builder.toolchains, arch, toolchain)
          AND coalesce(pinned_to, p_builder.name) = p_builder.name
        ORDER BY priority, rank, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *;
END $$;
