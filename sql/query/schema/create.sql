-- The schema and the record of what was applied. Safe to run again.
CREATE SCHEMA IF NOT EXISTS marvin;
CREATE TABLE IF NOT EXISTS marvin.schema_version (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS marvin.schema_replaced (
    one  bool PRIMARY KEY DEFAULT true CHECK (one),
    hash text NOT NULL
);
GRANT USAGE ON SCHEMA marvin TO marvin_builder, marvin_runner, marvin_report;
GRANT SELECT ON marvin.schema_version, marvin.schema_replaced TO marvin_builder, marvin_runner, marvin_report;
