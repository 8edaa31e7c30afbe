-- All nodes that are not removed. Columns: name, address, arch, cores, state, busy, load, done,
-- errors, seen_s, since_s (seconds since 1970), toolchains, port, message, drained.
SELECT name, address, arch, cores, state, busy, load, done, errors,
       extract(epoch FROM seen_at)::bigint AS seen_s, extract(epoch FROM since)::bigint AS since_s,
       array_to_string(toolchains, ' ') AS toolchains, port, message, drained
FROM node WHERE state <> 'removed' ORDER BY name;
