-- What the database's clock says. Column: unix_s.
SELECT extract(epoch FROM clock_timestamp())::float8 AS unix_s;
