-- All builders. Columns: name, arch, cores, toolchains, seen_s (seconds since 1970), job (what it
-- builds now; null: nothing).
SELECT w.name, w.arch, w.cores, array_to_string(w.toolchains, ' ') AS toolchains,
       extract(epoch FROM greatest(w.last_seen_at, w.announced_at))::bigint AS seen_s,
       (SELECT t.name || ' ' || coalesce((SELECT r.name FROM release r WHERE r.subject_id = s.id ORDER BY r.id LIMIT 1),
                                         left(s.revision, 12))
        FROM job j JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id
        WHERE j.kind = 'build' AND j.state = 'claimed' AND j.claimed_by = w.name
          AND j.claim_until >= marvin_now() ORDER BY j.id LIMIT 1) AS job
FROM builder w ORDER BY w.name;
