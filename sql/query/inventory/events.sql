-- What befell a machine, the latest first, twenty at most: its events, and the trouble that its runners left it for or
-- that a person forced. $1 machine. Columns: at (seconds since 1970), event, reason, who.
SELECT extract(epoch FROM x.at)::bigint AS at, x.event, x.reason, x.who
FROM (SELECT e.at, e.event, e.reason, e.who, e.id
      FROM machine_event e JOIN machine m ON m.id = e.machine_id WHERE m.name = $1
      UNION ALL
      SELECT n.last_at, 'trouble', n.message || CASE WHEN n.times > 1 THEN format(' (%s times)', n.times) ELSE '' END, NULL, n.id
      FROM notice n WHERE n.source = 'machine ' || $1) x
ORDER BY x.at DESC, x.id DESC LIMIT 20;
