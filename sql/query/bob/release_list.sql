-- The releases of a tree in version order. $1 tree id. Columns: id, name, subject_id, revision,
-- prerelease, late (batteries of the tree were queued before it was found), has_battery.
SELECT r.id, r.name, r.subject_id, s.revision, r.prerelease,
       coalesce(r.found_at > (SELECT min(b.queued_at) FROM battery b JOIN subject o ON o.id = b.subject_id
                              WHERE o.tree_id = $1), false) AS late,
       EXISTS (SELECT 1 FROM battery b WHERE b.subject_id = r.subject_id) AS has_battery
FROM release r JOIN subject s ON s.id = r.subject_id
WHERE r.tree_id = $1 ORDER BY r.sort_key, r.name;
