-- What has come whole and is cited by a build. Columns: id, hash, limit_bytes (of the content).
SELECT DISTINCT ON (t.hash) t.id, t.hash, coalesce((SELECT bytes FROM artifact a WHERE a.hash = t.hash), 10737418240) AS limit_bytes
FROM transfer t
WHERE transfer_is_whole(t.id)
  AND EXISTS (SELECT 1 FROM build b WHERE b.artifact_hash = t.hash OR b.log_hash = t.hash)
ORDER BY t.hash, t.id;
