-- A build that another system recorded, once. $1 hash of its content, $2 source, $3 format, $4 tree,
-- $5 release or null, $6 target, $7 arch, $8 distro, $9 builder, $10 started, $11 ended (seconds since
-- 1970), $12 state, $13 failed step or null, $14 facts (JSON), $15 units (JSON),
-- $16 whether one that is known is of this tree now. Columns: what (new, known or replaced).
SELECT foreign_build_store($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::float8), to_timestamp($11::float8),
                           $12, $13, $14::jsonb, $15::jsonb, $16) AS what;
