-- Stores a family. $1 report, $2 tree, $3 base subject, $4 subject, $5 inputs hash, $6 procedure, $7 q,
-- $8 size. Columns: id (none: another program stored it in between).
INSERT INTO family (report, tree_id, base_subject_id, subject_id, inputs_hash, procedure, q, size)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (report, base_subject_id, subject_id, inputs_hash, procedure) DO NOTHING
RETURNING id
