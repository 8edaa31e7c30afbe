-- Trouble that is no row of its own, the latest first. $1 tree. Columns: source, message, times, last.
SELECT source, message, times, to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS last
FROM notice WHERE source = 'tree ' || $1 OR source NOT LIKE 'tree %'
ORDER BY last_at DESC, source, message LIMIT 100
