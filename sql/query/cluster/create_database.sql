-- The database, owned by its administrator.
CREATE DATABASE marvin OWNER marvin_admin;
