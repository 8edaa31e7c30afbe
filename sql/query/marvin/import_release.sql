-- The subject of an imported release, made where it is not known. $1 tree, $2 its kind, $3 release or null, $4 revision,
-- $5 sort key, $6 pre-release, $7 released at (null: now). Column: id.
SELECT import_release($1, $2, $3, $4, $5, $6, $7::timestamptz) AS id;
