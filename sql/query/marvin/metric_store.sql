-- Finds or makes a metric. $1 benchmark, $2 name, $3 unit, $4 better, $5 statistic, $6 margin,
-- $7 resolution, $8 deterministic, $9 modes, $10 identity. Column: id.
SELECT metric_store($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS id;
