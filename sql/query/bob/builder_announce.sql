-- A builder says who and where it is. $1 name, $2 architecture, $3 toolchains, $4 cores, $5 id of
-- its state folder, $6 seconds after which a builder of that name elsewhere counts as gone.
-- Columns: id (null: a builder of that name is at work from another state folder).
SELECT builder_announce($1, $2, $3, $4, $5, $6) AS id;
