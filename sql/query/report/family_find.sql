-- A family that was judged with these inputs. $1 report, $2 base subject, $3 subject, $4 inputs hash,
-- $5 procedure. Columns: id.
SELECT id FROM family
WHERE report = $1 AND base_subject_id = $2 AND subject_id = $3 AND inputs_hash = $4 AND procedure = $5
