-- Adaptive boots: the plan setting `stop = ci WIDTH max BOOTS`. What decides is how wide a battery's own
-- intervals are, never a comparison: boots that are added because of what a page shows would bias it.

-- The 0.975 quantile of Student's t, to 1e-5 of itself: a table, then Cornish and Fisher's expansion.
CREATE OR REPLACE FUNCTION student_975(p_df int) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_df <= 16
        THEN (ARRAY[12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157,
                    2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905])[p_df]
        ELSE z + (z^3 + z) / (4 * p_df) + (5 * z^5 + 16 * z^3 + 3 * z) / (96 * p_df^2)
             + (3 * z^7 + 19 * z^5 + 17 * z^3 - 15 * z) / (384 * p_df^3) END
    FROM (VALUES (1.959963985::float8)) v(z)
$$;

-- The one number of a boot's samples, as collapse_values() has it; NULL where one of them is not finite.
CREATE OR REPLACE FUNCTION sample_statistic(p_statistic text, p_value float8[]) RETURNS float8
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN max(abs(x)) = 'Infinity' THEN NULL
                WHEN p_statistic = 'mean' THEN avg(x)
                WHEN p_statistic = 'min' THEN min(x)
                WHEN p_statistic = 'max' THEN max(x)
                ELSE percentile_cont(CASE WHEN p_statistic ~ '^p[0-9]+([.][0-9]+)?$' THEN least(substr(p_statistic, 2)::float8 / 100, 1)
                                          ELSE 0.5 END) WITHIN GROUP (ORDER BY x) END
    FROM unnest(p_value) x
$$;

-- The widest half of the 95 % t intervals of the mean of the logarithms of boots, over what can be judged of a
-- battery: a metric with a direction, not deterministic, that means something in the mode, all boots positive.
-- NULL: none has two boots.
CREATE OR REPLACE FUNCTION battery_width(p_battery_id bigint) RETURNS float8
LANGUAGE sql STABLE SET search_path = marvin, pg_temp AS $$
    SELECT max(half) FROM (
        SELECT student_975(count(*)::int - 1) * stddev_samp(ln(v)) / sqrt(count(*)) AS half
        FROM (SELECT s.trial_key, s.metric_id, s.mode, s.epoch_id, sample_statistic(m.statistic, s.value) AS v
              FROM boot_sample s JOIN metric m ON m.id = s.metric_id
              WHERE s.battery_id = p_battery_id AND s.state = 'done' AND cardinality(s.value) > 0
                AND m.better <> 'none' AND NOT m.deterministic
                AND (cardinality(m.meaningful) = 0 OR s.mode = ANY (m.meaningful))) boot
        WHERE v IS NOT NULL
        GROUP BY trial_key, metric_id, mode, epoch_id
        HAVING count(*) > 1 AND min(v) > 0) metric
$$;

-- Raises the boots of a battery that would be complete now and is too wide for its plan: to what the width asks
-- for, one more at least, twice at most. Only where all of its boots were accepted. True: it has boots to do.
-- Called by battery_settle(), which holds the battery's row, so that nobody ever sees it complete before.
CREATE OR REPLACE FUNCTION battery_extend(p_battery_id bigint) RETURNS bool
LANGUAGE plpgsql SET search_path = marvin, pg_temp AS $$
DECLARE
    b battery;
    body jsonb;
    stop text[];
    wanted float8;
    width float8;
    most int;
BEGIN
    SELECT * INTO b FROM battery WHERE id = p_battery_id;
    SELECT d.body INTO body FROM definition d WHERE d.hash = b.plan_hash;
    stop := regexp_match(body->>'stop', '^ci ([0-9]+(?:[.][0-9]+)?)% max ([0-9]{1,4})$');
    IF stop IS NULL OR body ? 'realm' OR b.state <> 'pending' OR b.extensions >= 2 OR b.boots >= stop[2]::int
       OR EXISTS (SELECT 1 FROM job WHERE battery_id = b.id AND state <> 'done') THEN
        RETURN false;
    END IF;
    wanted := ln(1 + stop[1]::float8 / 100);
    most := stop[2]::int;
    width := battery_width(b.id);
    IF width IS NULL OR wanted = 0 OR width <= wanted THEN
        RETURN false;
    END IF;
    most := least(most, greatest(b.boots + 1, ceil(least(b.boots * (width / wanted)^2, most))));
    INSERT INTO job (kind, state, priority, rank, battery_id, boot, machine_id, needs_job_id, artifact_hash)
    SELECT 'boot', 'queued', b.priority,
           j.rank + CASE WHEN coalesce((body->>'interleave')::bool, true) THEN i - j.boot ELSE 0 END,
           b.id, i, b.machine_id, j.needs_job_id, j.artifact_hash
    FROM generate_series(b.boots + 1, most) i,
         (SELECT * FROM job WHERE battery_id = b.id ORDER BY boot DESC LIMIT 1) j;
    UPDATE battery SET boots = most, extensions = extensions + 1 WHERE id = b.id;
    PERFORM pg_notify('marvin_boot', b.machine_id::text);
    RETURN true;
END $$;
