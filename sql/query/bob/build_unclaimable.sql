-- Builds that wait for what no builder has. Columns: toolchain, arch, n.
SELECT j.toolchain, j.arch, count(*)::int AS n
FROM job j
WHERE j.kind = 'build' AND j.state = 'queued'
  AND EXISTS (SELECT 1 FROM builder)
  AND NOT EXISTS (SELECT 1 FROM builder b
                  WHERE builder_suits(b.arch, b.toolchains, j.arch, j.toolchain))
GROUP BY j.toolchain, j.arch ORDER BY j.toolchain, j.arch;
