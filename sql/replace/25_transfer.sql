-- Objects on their way from a builder to the store. A claim's token is needed to send, so whoever
-- lost the claim sends nothing any more; a transfer begun by a builder that died is gone on with by
-- whoever sends the same file, and removed when nobody can.

-- The store that bob watches with. True: it is another one than before.
CREATE OR REPLACE FUNCTION home_store_set(p_id text, p_transfer_bytes bigint) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE was home_store;
BEGIN
    SELECT * INTO was FROM home_store;
    IF was.id IS DISTINCT FROM p_id OR was.transfer_bytes <> p_transfer_bytes THEN
        INSERT INTO home_store (id, transfer_bytes) VALUES (p_id, p_transfer_bytes)
        ON CONFLICT (one) DO UPDATE SET id = excluded.id, transfer_bytes = excluded.transfer_bytes;
    END IF;
    RETURN was.id <> p_id;
END $$;

-- Whether an object is still on its way.
CREATE OR REPLACE FUNCTION transfer_is_open(p_hash text) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM transfer WHERE hash = p_hash)
$$;

CREATE OR REPLACE FUNCTION transfer_is_whole(p_id bigint) RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
    SELECT t.bytes = (SELECT coalesce(sum(length(data)), 0) FROM transfer_part WHERE transfer_id = t.id)
    FROM transfer t WHERE t.id = p_id
$$;

-- Begins to send a file, or goes on with it. what: 'go' (from part next_part on), 'there' (the store
-- has it), 'full' (too much is on its way: ask again) or 'lost' (the claim is another's).
CREATE OR REPLACE FUNCTION transfer_begin(p_token bigint, p_seconds float8, p_hash text, p_file_hash text,
                                          p_bytes bigint)
RETURNS TABLE (what text, id bigint, next_part int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
#variable_conflict use_column
DECLARE
    home home_store;
    others bigint;
    fresh bigint;
BEGIN
    IF NOT claim_extend(p_token, p_seconds) THEN
        RETURN QUERY SELECT 'lost'::text, NULL::bigint, NULL::int;
        RETURN;
    END IF;
    SELECT * INTO home FROM home_store FOR UPDATE; -- one after the other, for the bound
    IF NOT transfer_is_open(p_hash)
       AND EXISTS (SELECT 1 FROM artifact a WHERE a.hash = p_hash AND a.removed_at IS NULL) THEN
        RETURN QUERY SELECT 'there'::text, NULL::bigint, NULL::int;
        RETURN;
    END IF;
    UPDATE transfer SET token = p_token WHERE hash = p_hash AND file_hash = p_file_hash RETURNING transfer.id INTO fresh;
    IF fresh IS NULL THEN
        SELECT sum(bytes) INTO others FROM transfer;
        -- Alone any file may come; and whose artifact was let in, its log is: nobody waits half way.
        IF others + p_bytes > home.transfer_bytes AND NOT EXISTS (SELECT 1 FROM transfer WHERE token = p_token) THEN
            PERFORM pg_notify('marvin_transfer', '');
            RETURN QUERY SELECT 'full'::text, NULL::bigint, NULL::int;
            RETURN;
        END IF;
        INSERT INTO transfer (hash, file_hash, bytes, token) VALUES (p_hash, p_file_hash, p_bytes, p_token)
        ON CONFLICT (hash, file_hash) DO UPDATE SET token = excluded.token RETURNING transfer.id INTO fresh;
    END IF;
    RETURN QUERY SELECT 'go'::text, fresh,
        (SELECT coalesce(max(n) + 1, 0) FROM transfer_part WHERE transfer_id = fresh);
END $$;

-- Stores one part, and says which one is next. NULL: the claim is another's. -1: the transfer is gone,
-- because another sent the same and it was taken: begin again. A part that is there changes nothing.
CREATE OR REPLACE FUNCTION transfer_put(p_token bigint, p_seconds float8, p_id bigint, p_n int, p_data bytea,
                                        p_hash text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    whole bigint;
    part_bytes constant bigint := 1048576;
    next_n int;
BEGIN
    IF NOT claim_extend(p_token, p_seconds) THEN
        RETURN NULL;
    END IF;
    SELECT bytes INTO whole FROM transfer WHERE id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    SELECT coalesce(max(n) + 1, 0) INTO next_n FROM transfer_part WHERE transfer_id = p_id;
    IF p_n <> next_n THEN
        RETURN next_n;
    END IF;
    IF length(p_data) <> least(part_bytes, whole - p_n * part_bytes) THEN
        RAISE EXCEPTION 'part % has % bytes, which is not what the transfer said', p_n, length(p_data);
    ELSIF encode(sha256(p_data), 'hex') <> p_hash THEN
        RAISE EXCEPTION 'part % was damaged on its way', p_n;
    END IF;
    INSERT INTO transfer_part (transfer_id, n, data) VALUES (p_id, p_n, p_data);
    RETURN next_n + 1;
END $$;

-- The store has the object: its parts go, and boots that waited for it begin.
CREATE OR REPLACE FUNCTION transfer_done(p_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE j bigint;
BEGIN
    PERFORM 1 FROM job WHERE kind = 'build' AND artifact_hash = p_hash ORDER BY id FOR UPDATE;
    DELETE FROM transfer WHERE hash = p_hash;
    FOR j IN SELECT id FROM job WHERE kind = 'build' AND state = 'done' AND artifact_hash = p_hash LOOP
        PERFORM queue_follow_build(j);
    END LOOP;
END $$;

-- What came is not what its name says: a log is lost, and an artifact is built again.
CREATE OR REPLACE FUNCTION transfer_reject(p_hash text, p_why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE j job;
BEGIN
    PERFORM 1 FROM job WHERE kind = 'build' AND artifact_hash = p_hash ORDER BY id FOR UPDATE;
    DELETE FROM transfer WHERE hash = p_hash;
    UPDATE build SET log_hash = NULL WHERE log_hash = p_hash;
    UPDATE artifact SET removed_at = marvin_now() WHERE hash = p_hash;
    UPDATE build SET state = 'lost', message = p_why, artifact_hash = NULL
    WHERE artifact_hash = p_hash AND state = 'done';
    FOR j IN SELECT * FROM job WHERE kind = 'build' AND state = 'done' AND artifact_hash = p_hash LOOP
        UPDATE job SET artifact_hash = NULL, claimed_by = NULL, claim_token = NULL, claim_until = NULL,
            state = CASE WHEN j.attempts < j.max_attempts THEN 'queued' ELSE 'failed' END, reason = p_why,
            ended_at = CASE WHEN j.attempts < j.max_attempts THEN NULL ELSE marvin_now() END WHERE id = j.id;
        PERFORM queue_follow_build(j.id);
        PERFORM pg_notify('marvin_build', j.id::text);
    END LOOP;
END $$;

-- Removes what nobody goes on with: no build cites it, and the claim that sent it is none any more. How
-- many. A claim whose time is over and that nobody has taken may still end well: its transfer stays.
-- The rows are locked first, and looked at by the next statement: who begins to go on with one
-- meanwhile has either written its token, or finds it gone and begins anew.
CREATE OR REPLACE FUNCTION transfer_clean() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE n int;
BEGIN
    PERFORM 1 FROM transfer ORDER BY id FOR UPDATE;
    DELETE FROM transfer t
    WHERE NOT EXISTS (SELECT 1 FROM build b WHERE b.artifact_hash = t.hash OR b.log_hash = t.hash)
      AND NOT EXISTS (SELECT 1 FROM job j WHERE j.claim_token = t.token AND j.state = 'claimed');
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
