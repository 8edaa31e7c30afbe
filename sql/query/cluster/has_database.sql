-- Whether the database is there. Column: present.
SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'marvin') AS present;
