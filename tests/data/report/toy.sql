-- A tree as bob and marvin leave it: nine releases on two machines, made from a fixed seed. sort is
-- 25 % slower from v1.5 on; the build of v1.3 failed; one trial of v1.6 failed on left; v1.9 waits on
-- right for three of its boots. Names are such that a page that forgets to escape shows it.
SET search_path = marvin;
SET marvin.now = '2026-03-01 06:00Z';
SELECT setseed(0.4711);

INSERT INTO definition (hash, kind, name, body) VALUES
    (repeat('1', 64), 'tree', 'toy', '{"name": "toy"}'),
    (repeat('2', 64), 'recipe', 'toy', '{}'),
    (repeat('3', 64), 'plan', 'quick', '{"plan": "quick", "boots": 5, "iterations": 3, "margin": 0.02}'),
    (repeat('4', 64), 'machine', 'left', '{}'),
    (repeat('5', 64), 'machine', 'right', '{}');
INSERT INTO tree (name, kind, definition_hash) VALUES ('toy', 'program', repeat('1', 64));
INSERT INTO machine (name, definition_hash) VALUES ('left', repeat('4', 64)), ('right', repeat('5', 64));
INSERT INTO machine_epoch (machine_id, number, must_hash, reason) SELECT id, 1, repeat('a', 64), 'first seen' FROM machine;
INSERT INTO distro (name) VALUES ('none');
INSERT INTO fingerprint (hash, must, note, info)
SELECT repeat(h, 64), '{"cpu": "Example 3.0 GHz", "cores": "1"}', jsonb_build_object('compiler', 'cc 12.' || h),
       '{"kernel command line": "quiet <splash>"}'
FROM unnest(ARRAY['6', '7']) h;
INSERT INTO builder (name, arch, toolchains, cores) VALUES ('b', 'x86_64', '{}', 2);

INSERT INTO subject (tree_id, revision, committed_at, summary)
SELECT 1, md5(i::text) || '00000000', timestamptz '2026-01-01Z' + i * interval '5 days',
       CASE i WHEN 5 THEN 'sort: compare by <locale> & collate' ELSE 'toy: release v1.' || i END
FROM generate_series(1, 9) i ORDER BY i;
INSERT INTO release (tree_id, subject_id, name, sort_key, prerelease, annotated, released_at)
SELECT 1, s.id, 'v1.' || s.id, to_char(s.id, 'FM00'), false, true, s.committed_at FROM subject s ORDER BY s.id;

INSERT INTO metric (benchmark, name, unit, better, statistic, identity)
VALUES ('sort', 'throughput', 'ops/s', 'higher', 'median', repeat('8', 64)),
       ('memory', 'copy', 'MB/s', 'higher', 'median', repeat('8', 64)),
       ('memory', 'latency', 'ns', 'lower', 'mean', repeat('8', 64)),
       ('pipe', 'latency', 'ns', 'lower', 'median', repeat('8', 64));

-- Builds: the one of v1.3 fails.
INSERT INTO job (kind, state, priority, rank, subject_id, tree_hash, recipe_hash, toolchain, arch, reason)
SELECT 'build', CASE WHEN id = 3 THEN 'failed' ELSE 'done' END, 30, 0, id, repeat('1', 64), repeat('2', 64), '', 'x86_64',
       CASE WHEN id = 3 THEN 'the recipe ended with status 2' END
FROM subject ORDER BY id;
INSERT INTO build (job_id, builder_id, token, state, message, exit_status)
SELECT j.id, 1, 1000 + j.id, j.state, j.reason, CASE WHEN j.state = 'failed' THEN 2 ELSE 0 END
FROM job j WHERE j.kind = 'build' ORDER BY j.id;
UPDATE build SET started_at = '2026-02-01Z', ended_at = '2026-02-01 00:03:20Z', user_s = 300, system_s = 20,
    log_hash = CASE WHEN id = 3 THEN repeat('d', 64) END;
UPDATE build SET message = 'the recipe ended with status 2: <bison>: not found',
    facts = '{"fault": "missing-tool", "error": "<bison>: not found", "failed_step": "configure"}' WHERE id = 3;
INSERT INTO kernel_config (hash, text) VALUES (repeat('e', 64), 'CONFIG_A=y'), (repeat('f', 64), 'CONFIG_B="<b>"');
INSERT INTO build_config (build_id, config_hash, previous, previous_hash, difference)
VALUES (4, repeat('e', 64), NULL, NULL, ''), (5, repeat('f', 64), 'v1.4', repeat('e', 64), E'-CONFIG_A=y\n+CONFIG_B="<b>"'),
       (6, repeat('f', 64), 'v1.5', repeat('f', 64), '');
UPDATE build SET facts = '{"notes": {"not-honoured": ["CONFIG_C=y became <n>"]}}' WHERE id = 5;
INSERT INTO build_unit (build_id, kind, name, start_s, end_s, took_s, n, failed)
VALUES (5, 'step', 'compile', 0, 200, 200, 1, false), (5, 'directory', 'lib/<sort>', 10, 90, 60, 12, false);

INSERT INTO battery (subject_id, machine_id, distro_id, plan, plan_key, plan_hash, boots, priority, asked_by, state, completed_at)
SELECT s.id, m.id, 1, 'quick', 'quick-key', repeat('3', 64), 5, 30, 'bob',
       CASE WHEN s.id = 3 THEN 'failed' WHEN s.id = 9 AND m.name = 'right' THEN 'pending' ELSE 'complete' END, marvin_now()
FROM subject s CROSS JOIN machine m ORDER BY s.id, m.id;
INSERT INTO job (kind, state, priority, rank, reason, battery_id, boot, machine_id, needs_job_id, ended_at)
SELECT 'boot', CASE WHEN b.state = 'failed' THEN 'failed' WHEN b.state = 'pending' AND i > 2 THEN 'queued' ELSE 'done' END,
       30, 0, CASE WHEN b.state = 'failed' THEN 'the build failed' END, b.id, i, b.machine_id,
       (SELECT id FROM job n WHERE n.kind = 'build' AND n.subject_id = b.subject_id), marvin_now()
FROM battery b CROSS JOIN generate_series(1, 5) i ORDER BY b.id, i;
INSERT INTO run (job_id, battery_id, machine_id, epoch_id, fingerprint_hash, token, boot_id, mode, seed, state, started_at, ended_at)
SELECT j.id, j.battery_id, j.machine_id, j.machine_id, repeat(CASE WHEN b.subject_id < 6 THEN '6' ELSE '7' END, 64), j.id,
       'boot ' || j.id, 'local', 1, 'accepted', marvin_now(), marvin_now()
FROM job j JOIN battery b ON b.id = j.battery_id WHERE j.kind = 'boot' AND j.state = 'done' ORDER BY j.id;

CREATE TEMPORARY TABLE plan_trial (position int, benchmark text, params jsonb, trial_key text, level float8, sd float8, metric_name text);
INSERT INTO plan_trial VALUES
    (0, 'sort', '{"size": "1000"}', 'sort/size=1000', 52000, .006, 'throughput'),
    (1, 'sort', '{"size": "100000"}', 'sort/size=100000', 310, .008, 'throughput'),
    (2, 'memory', '{}', 'memory', 9500, .01, 'copy'),
    (2, 'memory', '{}', 'memory', 81, .012, 'latency'),
    (3, 'pipe', '{}', 'pipe', 2100, .03, 'latency');
INSERT INTO trial (run_id, benchmark, benchmark_hash, params, trial_key, position, iterations, state, message, started_at, ended_at, raw_hash)
SELECT DISTINCT ON (r.id, p.trial_key) r.id, p.benchmark, repeat('9', 64), p.params, p.trial_key, p.position, 3,
       CASE WHEN f THEN 'failed' ELSE 'done' END, CASE WHEN f THEN 'status 1: <no memory>' END, marvin_now(), marvin_now(),
       encode(sha256((r.id || p.trial_key)::bytea), 'hex')
FROM run r JOIN battery b ON b.id = r.battery_id CROSS JOIN plan_trial p,
     LATERAL (SELECT b.subject_id = 6 AND r.machine_id = 1 AND p.trial_key = 'memory'
                     AND r.id = (SELECT min(x.id) FROM run x WHERE x.battery_id = b.id) AS f) l
ORDER BY r.id, p.trial_key;

-- A boot has a level of its own, and its three iterations scatter around it.
CREATE TEMPORARY TABLE boot_level AS
SELECT t.run_id, t.id AS trial_id, m.id AS metric_id, p.sd,
       p.level * CASE WHEN r.machine_id = 2 THEN 0.8 ELSE 1 END
       * CASE WHEN p.benchmark = 'sort' AND b.subject_id >= 5 THEN 0.75 ELSE 1 END
       * exp(p.sd * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS level
FROM trial t JOIN run r ON r.id = t.run_id JOIN battery b ON b.id = r.battery_id
JOIN plan_trial p ON p.trial_key = t.trial_key JOIN metric m ON m.benchmark = p.benchmark AND m.name = p.metric_name
WHERE t.state = 'done' ORDER BY t.run_id, t.id, m.id;
INSERT INTO sample (run_id, trial_id, metric_id, position, value)
SELECT run_id, trial_id, metric_id, '{0,1,2}',
       ARRAY[level * exp(sd / 3 * sin(run_id)), level, level * exp(sd / 3 * sin(run_id * 7 + 1))]
FROM boot_level ORDER BY run_id, trial_id, metric_id;

INSERT INTO notice (source, message, first_at, last_at, times)
VALUES ('tree toy', 'the tag v1;touch x was refused: a release is named by letters, digits and . _ + ~ / @ -',
        marvin_now(), marvin_now(), 3);
