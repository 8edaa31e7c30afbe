-- A bisection begins. $1 tree, $2 good revisions, $3 bad revision, $4 trial key, $5 metric or '',
-- $6 machines, $7 options, $8 asked by, $9 the change that it explains or null. Columns: id.
SELECT bisection_begin($1, $2, $3, $4, $5, $6, $7, $8, $9) AS id
