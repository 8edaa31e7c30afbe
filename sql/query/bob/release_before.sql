-- The newest release of a tree that is not younger than a time: whose distro and toolchain a commit
-- without a tag takes. $1 tree id, $2 seconds since 1970. Columns: name.
SELECT r.name FROM release r JOIN subject s ON s.id = r.subject_id
WHERE r.tree_id = $1 AND s.committed_at <= to_timestamp($2::float8)
ORDER BY s.committed_at DESC, r.sort_key DESC LIMIT 1;
