-- Records a migration. $1 version, $2 name.
INSERT INTO marvin.schema_version (version, name) VALUES ($1, $2);
