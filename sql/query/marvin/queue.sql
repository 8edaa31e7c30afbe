-- The open jobs with reasons. $1 machine or null. Columns: id, kind, state, priority, tree, release,
-- machine, plan, boot, attempts, before, takes_s, about_s, reason, queued_at (seconds since 1970).
SELECT q.id, q.kind, q.state, q.priority, q.tree, q.release, q.machine, q.plan, q.boot, q.attempts, q.before,
       q.takes_s, q.about_s, q.reason, extract(epoch FROM q.queued_at)::bigint AS queued_at
FROM queue_view q
WHERE $1::text IS NULL OR q.machine = $1;
