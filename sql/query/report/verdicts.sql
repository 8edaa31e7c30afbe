-- The last verdict on each change of a tree. $1 tree id. Columns: machine_id, distro_id, trial_key, metric_id,
-- subject_id, change_id, verdict, who, why, given, won, band_low, band_high; and of the bisection that is about it,
-- null where there is none: bisection_id, state, culprit, subject, probability, revert_share, layout, layout_says.
SELECT DISTINCT ON (c.id) c.id AS change_id, c.machine_id, c.distro_id, c.trial_key, c.metric_id, c.subject_id, v.verdict, v.who, v.why,
       to_char(v.given_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS given, v.won::text AS won, v.band_low, v.band_high,
       e.bisection_id, e.state, e.culprit, e.subject, e.probability, e.revert_share, e.layout, e.layout_says
FROM change c JOIN verdict v ON v.change_id = c.id
LEFT JOIN change_evidence e ON e.change_id = c.id
WHERE c.tree_id = $1
ORDER BY c.id, v.id DESC
