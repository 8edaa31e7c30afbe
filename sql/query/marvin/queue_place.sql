-- What a name is, and what a job is that is to go there. $1 name, $2 job or null. Columns: is_machine, is_builder,
-- kind (of the job; null: there is none).
SELECT EXISTS (SELECT 1 FROM machine WHERE name = $1) AS is_machine,
       EXISTS (SELECT 1 FROM builder WHERE name = $1) AS is_builder,
       (SELECT kind FROM job WHERE id = $2::bigint) AS kind;
