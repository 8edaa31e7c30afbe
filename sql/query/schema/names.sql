-- What has a name, for questions that give one. $1 the kind: tree, release, machine, builder, or target, arch, distro
-- or toolchain of builds. Columns: name.
SELECT DISTINCT n.name COLLATE "C" AS name
FROM (SELECT name FROM tree WHERE $1::text = 'tree'
      UNION ALL SELECT name FROM release WHERE $1 = 'release'
      UNION ALL SELECT name FROM machine WHERE $1 = 'machine'
      UNION ALL SELECT name FROM builder WHERE $1 = 'builder'
      UNION ALL
      SELECT CASE $1 WHEN 'tree' THEN r.tree WHEN 'release' THEN r.release WHEN 'builder' THEN r.builder
                     WHEN 'target' THEN r.target WHEN 'arch' THEN r.arch WHEN 'distro' THEN r.distro
                     WHEN 'toolchain' THEN r.toolchain END
      FROM build_record r WHERE $1 <> 'machine') n
WHERE n.name <> ''
ORDER BY 1;
