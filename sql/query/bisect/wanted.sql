-- Losses of a tree that a bisection should explain and none does yet: judged real by a person, or,
-- with $2, obvious ones too (the whole interval at least 5 % down), unless a person said otherwise.
-- $1 tree, $2 obvious ones. Columns: change_id, good, bad (releases), trial_key, metric, machine.
SELECT c.id AS change_id, before.name AS good, r.name AS bad, c.trial_key, m.name AS metric, mc.name AS machine
FROM change c
JOIN tree t ON t.id = c.tree_id
JOIN metric m ON m.id = c.metric_id
JOIN machine mc ON mc.id = c.machine_id
JOIN LATERAL (SELECT name, sort_key FROM release WHERE subject_id = c.subject_id ORDER BY sort_key, id LIMIT 1) r ON true
JOIN LATERAL (
    SELECT p.name FROM release p
    WHERE p.tree_id = c.tree_id AND p.sort_key < r.sort_key
      AND EXISTS (SELECT 1 FROM boot_sample bs WHERE bs.subject_id = p.subject_id AND bs.machine_id = c.machine_id
                  AND bs.trial_key = c.trial_key AND bs.metric_id = c.metric_id)
    ORDER BY p.sort_key DESC, p.id LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT verdict FROM verdict WHERE change_id = c.id ORDER BY id DESC LIMIT 1) v ON true
WHERE t.name = $1 AND c.ratio < 1
  AND (v.verdict = 'real' OR $2::bool AND v.verdict IS NULL AND c.ci_high <= .95)
  AND NOT EXISTS (SELECT 1 FROM bisection b WHERE b.change_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM bisection b WHERE b.tree_id = c.tree_id AND b.trial_key = c.trial_key
                  AND b.metric = m.name AND b.options->>'good' = before.name AND b.options->>'bad' = r.name)
ORDER BY c.ratio, c.id
