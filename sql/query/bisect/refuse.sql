-- A bisection whose first step was refused goes. $1 id, $2 why. Columns: refused (nothing).
SELECT bisection_refuse($1, $2)::text AS refused
