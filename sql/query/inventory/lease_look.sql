-- What has become of a lease. $1 token. Columns: held, revoked (another wants the machine back), left_s (until the end).
SELECT lease_is_held(token) AS held, revoked_at IS NOT NULL AS revoked, extract(epoch FROM ends_at - marvin_now())::float8 AS left_s
FROM lease WHERE token = $1;
