-- What a person decided about a change. $1 change, $2 verdict, $3 who, $4 why, $5 series that won (JSON list),
-- $6 and $7 the band of the level in which it holds.
INSERT INTO verdict (change_id, verdict, who, why, won, band_low, band_high)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)
