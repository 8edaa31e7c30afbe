-- $1 toolchain. Pools that have it, by port. Columns: port, arch, cores (of nodes that are up).
SELECT port, arch, sum(cores)::int AS cores
FROM node WHERE $1 = ANY (toolchains) AND port IS NOT NULL AND state = 'up'
GROUP BY port, arch ORDER BY port;
