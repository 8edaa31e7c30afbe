-- The run of an imported boot. $1 key, $2 format, $3 source, $4 content hash, $5 subject, $6 machine, $7 distro, $8 plan,
-- $9 margin or null, $10 mode, $11 started, $12 ended, $13 hash of the fingerprint, $14 of must, $15 must, $16 note,
-- $17 info, $18 files, $19 facts, $20 again. Columns: run_id, what (new, known, replaced), place (where else
-- the same content counts, or null).
SELECT run_id, what, place
FROM import_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz, $12::timestamptz, $13, $14, $15::jsonb, $16::jsonb,
                $17::jsonb, $18::jsonb, $19::jsonb, $20);
