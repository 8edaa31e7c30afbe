-- Reservations (promise 6). A lease ends by the database's clock; nobody is granted the machine
-- before its end plus guard; every grant has a larger token than all before it.

CREATE OR REPLACE FUNCTION machine_store(p_name text, p_hash text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    INSERT INTO machine (name, definition_hash) VALUES (p_name, p_hash)
    ON CONFLICT (name) DO UPDATE SET definition_hash = excluded.definition_hash
    RETURNING id
$$;

CREATE OR REPLACE FUNCTION lease_is_reservation(p_holder_key text) RETURNS bool
LANGUAGE sql IMMUTABLE SET search_path = marvin, pg_temp AS $$
    SELECT p_holder_key LIKE 'person:%' AND p_holder_key NOT LIKE '%:command:%'
$$;

-- Grants the machine, or says who has it: granted is false, and the other columns are of the
-- lease in the way. left_s: seconds that the lease runs from now by the database's clock.
-- A lease of the same p_holder_key is taken over at once: the caller has proved its holder dead. A person's
-- reservation (key person:WHO:MACHINE) is no process: asked for again it keeps its token, and its end moves.
CREATE OR REPLACE FUNCTION lease_take(p_machine text, p_holder text, p_holder_key text,
                                      p_purpose text, p_seconds float8, p_guard_s float8)
RETURNS TABLE (granted bool, token bigint, holder text, purpose text, ends_at timestamptz, left_s float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m machine;
    held lease;
BEGIN
    SELECT * INTO m FROM machine WHERE name = p_machine FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no machine %', p_machine USING ERRCODE = 'no_data_found';
    END IF;
    -- locked: a renewal on its way is waited for, and counts
    SELECT * INTO held FROM lease l WHERE l.machine_id = m.id AND l.released_at IS NULL FOR UPDATE;
    IF FOUND THEN
        IF held.holder_key = p_holder_key AND lease_is_reservation(p_holder_key) AND held.revoked_at IS NULL
           AND marvin_now() < held.ends_at + make_interval(secs => held.guard_s) THEN
            IF marvin_now() + make_interval(secs => p_seconds) < held.ends_at AND NOT lease_is_idle(held.token) THEN
                -- a command that acts may not hear of it in time: refused
                RETURN QUERY SELECT false, held.token, held.holder, held.purpose, held.ends_at,
                    extract(epoch FROM held.ends_at - marvin_now())::float8;
                RETURN;
            END IF;
            RETURN QUERY
                UPDATE lease l SET ends_at = marvin_now() + make_interval(secs => p_seconds), purpose = p_purpose, guard_s = p_guard_s
                WHERE l.token = held.token RETURNING true, l.token, l.holder, l.purpose, l.ends_at, p_seconds;
            RETURN;
        ELSIF held.holder_key = p_holder_key AND NOT lease_is_reservation(p_holder_key) THEN
            UPDATE lease l SET released_at = marvin_now(), released_by = 'takeover' WHERE l.token = held.token;
        ELSIF marvin_now() >= held.ends_at + make_interval(secs => held.guard_s) THEN
            UPDATE lease l SET released_at = marvin_now(), released_by = 'expiry' WHERE l.token = held.token;
        ELSE
            RETURN QUERY SELECT false, held.token, held.holder, held.purpose, held.ends_at,
                extract(epoch FROM held.ends_at + make_interval(secs => held.guard_s) - marvin_now())::float8;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        INSERT INTO lease (machine_id, holder, holder_key, purpose, ends_at, guard_s)
        VALUES (m.id, p_holder, p_holder_key, p_purpose, marvin_now() + make_interval(secs => p_seconds), p_guard_s)
        RETURNING true, lease.token, lease.holder, lease.purpose, lease.ends_at, p_seconds;
END $$;

-- Seconds that the lease now runs, or NULL: it is no longer the caller's, or a person wants it back.
CREATE OR REPLACE FUNCTION lease_extend(p_token bigint, p_seconds float8) RETURNS float8
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    UPDATE lease SET ends_at = marvin_now() + make_interval(secs => p_seconds)
    WHERE token = p_token AND released_at IS NULL AND revoked_at IS NULL
      AND marvin_now() < ends_at + make_interval(secs => guard_s)
    RETURNING p_seconds
$$;

-- A person's command acts under a lease: said for as long as its connection lives, by a lock that many may share.
-- False: the lease is over, and nothing must be done.
CREATE OR REPLACE FUNCTION lease_act(p_token bigint) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_lock_shared(hashtext('marvin lease'), (p_token % 2147483647)::int);
    RETURN lease_is_held(p_token);
END $$;

-- Until the transaction's end no command begins to act under the lease; false: one of another connection does now.
CREATE OR REPLACE FUNCTION lease_is_idle(p_token bigint) RETURNS bool
LANGUAGE sql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT pg_try_advisory_xact_lock(hashtext('marvin lease'), (p_token % 2147483647)::int)
$$;

-- False: it was over already, or a command of another connection acts under it; then it stays.
CREATE OR REPLACE FUNCTION lease_release(p_token bigint, p_by text) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    IF NOT lease_is_idle(p_token) THEN
        RETURN false;
    END IF;
    UPDATE lease SET released_at = marvin_now(), released_by = p_by WHERE token = p_token AND released_at IS NULL;
    RETURN FOUND;
END $$;

-- Wants a machine back from whoever has it: the lease is renewed no more. Its holder stops when it
-- learns that and gives the machine back; nobody else is granted it before end and guard have passed.
-- A reservation under which no command acts has nobody to learn it: it ends at once, and true is returned.
CREATE OR REPLACE FUNCTION lease_revoke(p_token bigint) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
BEGIN
    UPDATE lease SET revoked_at = coalesce(revoked_at, marvin_now()) WHERE token = p_token AND released_at IS NULL;
    RETURN EXISTS (SELECT 1 FROM lease WHERE token = p_token AND lease_is_reservation(holder_key))
           AND lease_release(p_token, 'person');
END $$;

-- True while p_token is the machine's one living lease.
CREATE OR REPLACE FUNCTION lease_is_held(p_token bigint) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM lease WHERE token = p_token AND released_at IS NULL
                   AND marvin_now() < ends_at + make_interval(secs => guard_s))
$$;
