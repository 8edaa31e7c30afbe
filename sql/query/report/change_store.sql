-- Stores a change, once: what is known from one epoch of the machine is not told again of the next, where anchors
-- show it too. $1 tree, $2 machine, $3 epoch or null, $4 distro, $5 trial key, $6 metric, $7 subject
-- (first of the new level), $8 before, $9 after, $10 ratio, $11 ci_low, $12 ci_high, $13 p.
-- Columns: id (none: it is known).
INSERT INTO change (tree_id, machine_id, epoch_id, distro_id, trial_key, metric_id, subject_id, before, after, ratio,
                    ci_low, ci_high, p)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
WHERE NOT EXISTS (SELECT 1 FROM change WHERE tree_id = $1 AND machine_id = $2 AND distro_id = $4 AND trial_key = $5
                                         AND metric_id = $6 AND subject_id = $7)
ON CONFLICT (tree_id, machine_id, epoch_id, distro_id, trial_key, metric_id, subject_id) DO NOTHING
RETURNING id
