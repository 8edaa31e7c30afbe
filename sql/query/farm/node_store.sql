-- $1 name, $2 address, $3 cores, $4 architecture, $5 toolchains, $6 port of its pool, $7 state, $8 why
-- it is not up, $9 busy, $10 done, $11 errors, $12 load. Columns: drained (people asked for it).
SELECT node_store($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS drained;
