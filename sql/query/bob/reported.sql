-- The batteries that the pages show now. $1 their ids as an array.
UPDATE battery SET reported_at = marvin_now()
WHERE id = ANY ($1::bigint[]) AND completed_at IS NOT NULL AND reported_at IS NULL;
