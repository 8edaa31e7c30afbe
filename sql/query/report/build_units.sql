-- The units of a build. $1 key. Columns: kind, name, start_s, end_s, took_s, cpu_s, n, failed.
SELECT u.kind, u.name, u.start_s, u.end_s, u.took_s, u.cpu_s, u.n, u.failed
FROM build_record r JOIN build_unit u ON u.build_id = r.build_id OR u.foreign_id = r.foreign_id
WHERE r.key = $1 ORDER BY u.start_s, u.end_s DESC, u.kind, u.name;
