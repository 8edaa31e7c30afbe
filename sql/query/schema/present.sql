-- Whether the schema is there. Column: present.
SELECT to_regclass('marvin.schema_version') IS NOT NULL AS present;
