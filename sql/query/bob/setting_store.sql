-- What functions of the schema go by; writes only what is other. $1 name, $2 value.
SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = $1 AND value = $2) THEN setting_store($1, $2) END;
