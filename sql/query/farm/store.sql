-- $1 address of the proxy, $2 compiles that are wanted for each core, $3 JSON: toolchain to version,
-- $4 compiles that wait, $5 names of all nodes (others are removed).
SELECT farm_store($1, $2, $3::jsonb, $4, $5);
