-- The four roles, where they are not there yet. Run as a superuser of the private cluster, or once
-- by the administrator of a site's server.
DO $$
DECLARE r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['marvin_admin', 'marvin_builder', 'marvin_runner', 'marvin_report'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', r);
        END IF;
    END LOOP;
END $$;
