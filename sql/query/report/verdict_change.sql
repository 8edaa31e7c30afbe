-- The changes that a CELL names. $1 trial key, $2 metric, $3 machine, $4 distro or null, $5 release or TREE:RELEASE,
-- $6 tree or null. Columns: id, tree, distro, ratio, after, margin (the metric's, or null); and
-- of the bisection that is about it, null where there is none: bisection_id, state, culprit, subject, probability,
-- revert_share, layout, layout_says.
SELECT c.id, t.name AS tree, d.name AS distro, c.ratio, c.after, m.margin,
       e.bisection_id, e.state, e.culprit, e.subject, e.probability, e.revert_share, e.layout, e.layout_says
FROM change c
LEFT JOIN change_evidence e ON e.change_id = c.id
JOIN tree t ON t.id = c.tree_id
JOIN machine mc ON mc.id = c.machine_id
JOIN distro d ON d.id = c.distro_id
JOIN metric m ON m.id = c.metric_id
JOIN release r ON r.subject_id = c.subject_id
WHERE c.trial_key = $1 AND m.name = $2 AND mc.name = $3 AND ($4::text IS NULL OR d.name = $4::text) AND $5 IN (r.name, t.name || ':' || r.name)
  AND ($6::text IS NULL OR t.name = $6::text)
ORDER BY t.name, d.name, c.id
