-- The last family judged of a release and baseline. $1 report, $2 base subject, $3 subject.
-- Columns: id.
SELECT id FROM family WHERE report = $1 AND base_subject_id = $2 AND subject_id = $3 ORDER BY id DESC LIMIT 1
