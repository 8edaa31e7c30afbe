-- Takes back what an earlier process of this builder had claimed. $1 name, $2 whether the attempt
-- counts. Columns: n.
SELECT builder_reclaim($1, $2) AS n;
