-- The judgements of a family. $1 family. Columns: machine_id, distro_id, trial_key, metric_id, inputs_hash,
-- state, reason.
SELECT machine_id, distro_id, trial_key, metric_id, inputs_hash, state, reason
FROM judgement WHERE family_id = $1 ORDER BY id
