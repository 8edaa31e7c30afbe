-- Gives a machine back. $1 token, $2 who: holder or person. Column: released.
SELECT lease_release($1, $2) AS released;
