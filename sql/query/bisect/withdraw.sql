-- The boots that only this bisection still waits for are cancelled. $1 id. Columns: n.
SELECT bisection_withdraw($1) AS n
