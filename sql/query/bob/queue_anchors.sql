-- The anchors of machines that have changed, made once. $1 tree id, $2 machine ids, $3 keys of the tree's plans, $4
-- their hashes, $5 their boots, $6 whether pre-releases count. Columns: made (how many batteries are new).
SELECT queue_anchors($1, $2::int[], $3::text[], $4::text[], $5::int[], $6) AS made;
