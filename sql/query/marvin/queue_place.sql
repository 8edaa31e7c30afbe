-- Whether a name can be pinned to. $1 name. Columns: is_machine, is_builder.
SELECT EXISTS (SELECT 1 FROM machine WHERE name = $1) AS is_machine,
       EXISTS (SELECT 1 FROM builder WHERE name = $1) AS is_builder;
