-- A bisection begins. $1 tree, $2 good revisions, $3 bad revision, $4 trial key, $5 metric or '',
-- $6 machines, $7 options, $8 asked by. Columns: id.
SELECT bisection_begin($1, $2, $3, $4, $5, $6, $7, $8) AS id
