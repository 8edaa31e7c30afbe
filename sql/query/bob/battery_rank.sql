-- Puts the waiting boots of a new battery behind others of its priority. $1 battery id, $2 by how
-- much.
SELECT battery_rank($1, $2);
