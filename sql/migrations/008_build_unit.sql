-- Statistics of builds: where the time of one went, and builds that others recorded.

-- Builds of other systems (marvin import buildstats), each once by the hash of its content.
CREATE TABLE foreign_build (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash        text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$'),
    source      text NOT NULL, -- for people: the path that was read
    format      text NOT NULL,
    tree        text NOT NULL,
    release     text,
    target      text NOT NULL,
    arch        text NOT NULL DEFAULT '',
    distro      text NOT NULL DEFAULT '',
    builder     text NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('done', 'failed')),
    failed_step text,
    facts       jsonb NOT NULL DEFAULT '{}',
    imported_at timestamptz NOT NULL DEFAULT marvin_now()
);

-- A step, directory, package or task of a build. Times are seconds after its beginning.
CREATE TABLE build_unit (
    build_id   bigint REFERENCES build,
    foreign_id bigint REFERENCES foreign_build,
    kind       text NOT NULL CHECK (kind IN ('step', 'directory', 'package', 'task')),
    name       text NOT NULL, -- of a task: package:task
    start_s    double precision NOT NULL,
    end_s      double precision NOT NULL,
    took_s     double precision NOT NULL,
    cpu_s      double precision,
    n          int NOT NULL DEFAULT 1, -- files or tasks in it
    failed     bool NOT NULL DEFAULT false,
    CHECK ((build_id IS NULL) <> (foreign_id IS NULL))
);
CREATE INDEX build_unit_of_build ON build_unit (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX build_unit_of_foreign ON build_unit (foreign_id) WHERE foreign_id IS NOT NULL;
CREATE INDEX build_unit_of_name ON build_unit (kind, name);
