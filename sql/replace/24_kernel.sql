-- The configurations of kernels, kept with their builds.

-- What a person reads of two configurations: the options that are set in one and not, or otherwise,
-- in the other, in order of their names, the old line before the new one.
CREATE OR REPLACE FUNCTION kernel_config_difference(p_old text, p_new text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = marvin, pg_temp AS $$
    WITH was AS (SELECT line FROM regexp_split_to_table(p_old, '\n') line WHERE line LIKE 'CONFIG\_%'),
         now AS (SELECT line FROM regexp_split_to_table(p_new, '\n') line WHERE line LIKE 'CONFIG\_%'),
         changed AS (SELECT '-' AS sign, 0 AS place, line FROM (SELECT line FROM was EXCEPT SELECT line FROM now) o
                     UNION ALL SELECT '+', 1, line FROM (SELECT line FROM now EXCEPT SELECT line FROM was) n)
    SELECT coalesce(string_agg(sign || line, E'\n' ORDER BY split_part(line, '=', 1) COLLATE "C", place), '')
    FROM changed
$$;

-- Keeps the configuration of a build, with its difference to that of the newest older release of the
-- tree that was built for the same architecture; of a commit that is none, to the newest release
-- that is not younger.
CREATE OR REPLACE FUNCTION build_config_store(p_build_id bigint, p_text text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = marvin, pg_temp AS $$
DECLARE
    fresh text := encode(sha256(convert_to(p_text, 'UTF8')), 'hex');
    mine record;
    older record;
BEGIN
    SELECT s.id AS subject_id, s.tree_id, s.committed_at, j.arch,
           (SELECT max(r.sort_key) FROM release r WHERE r.subject_id = s.id) AS sort_key INTO mine
    FROM build b JOIN job j ON j.id = b.job_id JOIN subject s ON s.id = j.subject_id WHERE b.id = p_build_id;
    SELECT r.name, c.config_hash, k.text INTO older
    FROM release r JOIN subject s ON s.id = r.subject_id JOIN job j ON j.subject_id = s.id AND j.arch = mine.arch
    JOIN build b ON b.job_id = j.id AND b.state = 'done' JOIN build_config c ON c.build_id = b.id
    JOIN kernel_config k ON k.hash = c.config_hash
    WHERE r.tree_id = mine.tree_id AND s.id <> mine.subject_id
      AND CASE WHEN mine.sort_key IS NULL THEN s.committed_at <= mine.committed_at ELSE r.sort_key < mine.sort_key END
    ORDER BY r.sort_key DESC, b.id DESC LIMIT 1;
    INSERT INTO kernel_config (hash, text) VALUES (fresh, p_text) ON CONFLICT (hash) DO NOTHING;
    INSERT INTO build_config (build_id, config_hash, previous, previous_hash, difference)
    VALUES (p_build_id, fresh, older.name, older.config_hash,
            CASE WHEN older.name IS NULL THEN '' -- the first of its tree differs from nothing
                 ELSE coalesce(kernel_config_difference(older.text, p_text), '') END)
    ON CONFLICT (build_id) DO NOTHING;
END $$;
