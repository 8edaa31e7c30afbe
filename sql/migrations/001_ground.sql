-- The data model: one noun of DESIGN 2 a table. Times are timestamptz, taken from marvin_now();
-- durations are seconds; sizes bytes; hashes lower-case hex SHA-256. A state is a text with a
-- CHECK, so that a row reads without a key. Programs write through the functions in sql/replace/.

-- What a test can set: SET marvin.now = '2026-01-17 04:00Z' (a session, a role or a database).
CREATE FUNCTION marvin_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('marvin.now', true), '')::timestamptz, clock_timestamp())
$$;

-- Tokens rise for ever: whoever holds the larger one came later.
CREATE SEQUENCE fence AS bigint;

-- The definition acted on, once by content: an edited settings file never redefines an old run.
CREATE TABLE definition (
    hash       text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    kind       text NOT NULL CHECK (kind IN ('tree', 'recipe', 'plan', 'benchmark', 'machine', 'distro')),
    name       text NOT NULL,
    body       jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT marvin_now()
);

-- Trees, subjects, releases --------------------------------------------------------------------

CREATE TABLE tree (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    kind            text NOT NULL CHECK (kind IN ('kernel', 'program', 'deb')),
    definition_hash text NOT NULL REFERENCES definition,
    created_at      timestamptz NOT NULL DEFAULT marvin_now()
);

CREATE TABLE subject (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tree_id      int NOT NULL REFERENCES tree,
    revision     text NOT NULL, -- full commit hash, or a package version
    committed_at timestamptz,
    summary      text,          -- the commit's subject line
    UNIQUE (tree_id, revision)
);

CREATE TABLE release (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tree_id     int NOT NULL REFERENCES tree,
    subject_id  bigint NOT NULL REFERENCES subject,
    name        text NOT NULL,
    sort_key    text COLLATE "C" NOT NULL, -- version order, see common/version.h
    prerelease  bool NOT NULL,
    annotated   bool NOT NULL,
    released_at timestamptz NOT NULL,
    found_at    timestamptz NOT NULL DEFAULT marvin_now(),
    UNIQUE (tree_id, name)
);

-- A tag that moved: the release stays what it was, the move is kept and reported.
CREATE TABLE release_move (
    release_id   bigint NOT NULL REFERENCES release,
    new_revision text NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT marvin_now(),
    PRIMARY KEY (release_id, new_revision)
);

-- When a tree was last polled or a report last made, and when it is due again.
CREATE TABLE schedule (
    kind        text NOT NULL CHECK (kind IN ('tree', 'report', 'canary')),
    name        text NOT NULL,
    expression  text NOT NULL,  -- as in the settings: monthly 17
    last_at     timestamptz,    -- when it was last carried out
    last_slot   timestamptz,    -- the planned time that this served
    last_error  text,           -- NULL when it went well
    PRIMARY KEY (kind, name)
);

-- Trouble that is no row of its own: a refused tag, a remote that is gone. Counted, not repeated.
CREATE TABLE notice (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text NOT NULL, -- tree toy, machine here
    message  text NOT NULL,
    first_at timestamptz NOT NULL DEFAULT marvin_now(),
    last_at  timestamptz NOT NULL DEFAULT marvin_now(),
    times    int NOT NULL DEFAULT 1,
    UNIQUE (source, message)
);

-- Machines --------------------------------------------------------------------------------------

CREATE TABLE machine (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    definition_hash text NOT NULL REFERENCES definition,
    state           text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'quarantined', 'unknown', 'retired')),
    reason          text
);

CREATE TABLE fingerprint (
    hash text PRIMARY KEY,
    must jsonb NOT NULL, -- a change here opens a new epoch
    note jsonb NOT NULL, -- a change here is written beside the cell
    info jsonb NOT NULL
);

CREATE TABLE machine_epoch (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id  int NOT NULL REFERENCES machine,
    number      int NOT NULL,
    must_hash   text NOT NULL, -- of the must-match class alone
    started_at  timestamptz NOT NULL DEFAULT marvin_now(),
    reason      text NOT NULL,
    UNIQUE (machine_id, number)
);

CREATE TABLE distro (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    definition_hash text REFERENCES definition
);

-- A machine is granted to one holder at a time; nobody else before ends_at + guard.
CREATE TABLE lease (
    token       bigint PRIMARY KEY DEFAULT nextval('fence'),
    machine_id  int NOT NULL REFERENCES machine,
    holder      text NOT NULL, -- who, for people: marvin run on server1, pid 812
    holder_key  text NOT NULL, -- which process may take over after its death
    purpose     text NOT NULL,
    taken_at    timestamptz NOT NULL DEFAULT marvin_now(),
    ends_at     timestamptz NOT NULL,
    guard_s     double precision NOT NULL CHECK (guard_s >= 0),
    revoked_at  timestamptz,   -- a person wants it back: it is renewed no more
    released_at timestamptz,
    released_by text CHECK (released_by IN ('holder', 'expiry', 'takeover', 'person'))
);
CREATE UNIQUE INDEX lease_one_holder ON lease (machine_id) WHERE released_at IS NULL;

-- Work ------------------------------------------------------------------------------------------

CREATE TABLE builder (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    arch         text NOT NULL,
    toolchains   text[] NOT NULL,
    cores        int NOT NULL,
    home         text NOT NULL DEFAULT '', -- id of the state folder that it works from
    announced_at timestamptz NOT NULL DEFAULT marvin_now(),
    last_seen_at timestamptz NOT NULL DEFAULT marvin_now()
);

CREATE TABLE artifact (
    hash       text PRIMARY KEY,
    bytes      bigint NOT NULL,
    files      jsonb NOT NULL, -- [{path, bytes, mode}]
    created_at timestamptz NOT NULL DEFAULT marvin_now(),
    removed_at timestamptz     -- no longer in the store: who needs it builds it again
);

CREATE TABLE battery (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_id   bigint NOT NULL REFERENCES subject,
    machine_id   int NOT NULL REFERENCES machine,
    distro_id    int NOT NULL REFERENCES distro,
    plan         text NOT NULL,
    plan_key     text NOT NULL, -- identity: benchmarks with parameters; not boots, not extraction
    plan_hash    text NOT NULL REFERENCES definition,
    boots        int NOT NULL CHECK (boots > 0),
    priority     smallint NOT NULL,
    asked_by     text NOT NULL,
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'complete', 'failed', 'cancelled')),
    queued_at    timestamptz NOT NULL DEFAULT marvin_now(),
    completed_at timestamptz,
    reported_at  timestamptz, -- when a site was made that shows it
    UNIQUE (subject_id, machine_id, distro_id, plan_key)
);

-- The queue's unit: one build, or one boot of one battery.
CREATE TABLE job (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('build', 'boot')),
    state        text NOT NULL CHECK (state IN ('waiting', 'queued', 'held', 'claimed', 'done', 'failed', 'cancelled')),
    priority     smallint NOT NULL, -- 10 urgent, 20 bisect, 30 normal, 40 backfill
    rank         bigint NOT NULL,   -- order within a priority; moved by people
    queued_at    timestamptz NOT NULL DEFAULT marvin_now(),
    attempts     int NOT NULL DEFAULT 0,
    max_attempts int NOT NULL DEFAULT 3,
    resumed      int NOT NULL DEFAULT 0, -- claims in a row whose runner died before it stored a trial
    reason       text,              -- why it waits, failed or was cancelled
    claimed_by   text,
    claim_token  bigint,
    claim_until  timestamptz,
    ended_at     timestamptz,
    -- a build
    subject_id   bigint REFERENCES subject,
    tree_hash    text REFERENCES definition,
    recipe_hash  text REFERENCES definition,
    toolchain    text,
    arch         text,
    artifact_hash text REFERENCES artifact,
    -- a boot
    battery_id   bigint REFERENCES battery,
    boot         int,
    machine_id   int REFERENCES machine,
    needs_job_id bigint REFERENCES job,
    UNIQUE (battery_id, boot),
    UNIQUE (subject_id, recipe_hash, toolchain, arch),
    CHECK (kind <> 'build' OR (subject_id IS NOT NULL AND tree_hash IS NOT NULL AND recipe_hash IS NOT NULL
                               AND toolchain IS NOT NULL AND arch IS NOT NULL)),
    CHECK (kind <> 'boot' OR (battery_id IS NOT NULL AND boot IS NOT NULL AND machine_id IS NOT NULL))
);
CREATE INDEX job_build_queue ON job (priority, rank, id) WHERE kind = 'build' AND state IN ('queued', 'claimed');
CREATE INDEX job_boot_queue ON job (machine_id, priority, rank, id) WHERE kind = 'boot' AND state = 'queued';
CREATE INDEX job_waiting ON job (needs_job_id) WHERE state = 'waiting';

-- One attempt at a build job.
CREATE TABLE build (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id        bigint NOT NULL REFERENCES job,
    builder_id    int NOT NULL REFERENCES builder,
    token         bigint NOT NULL UNIQUE,
    state         text NOT NULL DEFAULT 'running'
                  CHECK (state IN ('running', 'done', 'failed', 'deadline', 'too-big', 'lost')),
    started_at    timestamptz NOT NULL DEFAULT marvin_now(),
    ended_at      timestamptz,
    exit_status   int,
    elapsed_s     double precision,
    user_s        double precision,
    system_s      double precision,
    message       text,
    log_hash      text,
    artifact_hash text REFERENCES artifact,
    facts         jsonb NOT NULL DEFAULT '{}' -- toolchain versions, per-unit times, clean or incremental
);
CREATE INDEX build_of_job ON build (job_id);

-- One attempt at a boot job; at most one is accepted. One that ended early and whose trials count
-- is named by the run that went on: continues_run_id.
CREATE TABLE run (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id           bigint NOT NULL REFERENCES job,
    battery_id       bigint NOT NULL REFERENCES battery,
    machine_id       int NOT NULL REFERENCES machine,
    epoch_id         int REFERENCES machine_epoch,
    fingerprint_hash text REFERENCES fingerprint,
    artifact_hash    text REFERENCES artifact,
    token            bigint NOT NULL, -- of the lease it runs under
    boot_id          text,            -- what the machine says of the boot it is in
    mode             text NOT NULL DEFAULT 'metal', -- local, metal, kvm, tcg, icount
    seed             bigint NOT NULL, -- of the order of the trials
    state            text NOT NULL DEFAULT 'running'
                     CHECK (state IN ('running', 'accepted', 'interrupted', 'failed', 'rejected')),
    continues_run_id bigint REFERENCES run,
    started_at       timestamptz NOT NULL DEFAULT marvin_now(),
    ended_at         timestamptz,
    message          text,
    finding          text, -- panic, hung task, wrong kernel: what the boot itself showed
    console_hash     text
);
CREATE UNIQUE INDEX run_one_accepted ON run (job_id) WHERE state = 'accepted';
CREATE UNIQUE INDEX run_one_running ON run (machine_id) WHERE state = 'running';
CREATE INDEX run_of_job ON run (job_id);

-- A metric with what belongs to a series' identity.
CREATE TABLE metric (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    benchmark  text NOT NULL,
    name       text NOT NULL,
    unit       text NOT NULL,
    better     text NOT NULL CHECK (better IN ('higher', 'lower', 'none')),
    statistic  text NOT NULL,
    margin     double precision, -- NULL: the plan's
    resolution double precision NOT NULL DEFAULT 0,
    deterministic bool NOT NULL DEFAULT false,
    meaningful text[] NOT NULL DEFAULT '{}', -- machine modes; empty: all
    identity   text NOT NULL,    -- hash of statistic and extraction
    UNIQUE (benchmark, name, identity)
);

-- One benchmark with its parameters within a run.
CREATE TABLE trial (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    run_id         bigint NOT NULL,
    benchmark      text NOT NULL,
    benchmark_hash text NOT NULL,
    params         jsonb NOT NULL,
    trial_key      text NOT NULL, -- benchmark/k=v/k=v, parameters in name order
    position       int NOT NULL,  -- in the order of this run, from 0
    iterations     int NOT NULL,
    state          text NOT NULL CHECK (state IN ('done', 'failed')),
    message        text,
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz NOT NULL,
    raw_hash       text,
    PRIMARY KEY (run_id, id),
    UNIQUE (run_id, trial_key)
) PARTITION BY RANGE (run_id);
CREATE TABLE trial_default PARTITION OF trial DEFAULT;

-- One row a trial and metric: the samples are arrays.
CREATE TABLE sample (
    run_id     bigint NOT NULL,
    trial_id   bigint NOT NULL,
    metric_id  int NOT NULL REFERENCES metric,
    extraction int NOT NULL DEFAULT 1, -- version, of all metrics of the trial; the highest counts
    state      text NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'failed')),
    message    text,
    position   double precision[],     -- iteration number or seconds
    value      double precision[],
    bound      double precision[],     -- histogram: upper bounds
    count      bigint[],
    PRIMARY KEY (run_id, trial_id, metric_id, extraction),
    CHECK (state = 'failed' OR cardinality(value) > 0 OR cardinality(bound) > 0),
    CHECK (cardinality(position) IS NOT DISTINCT FROM cardinality(value)),
    CHECK (cardinality(bound) IS NOT DISTINCT FROM cardinality(count)),
    CHECK (array_position(value, 'NaN') IS NULL)
) PARTITION BY RANGE (run_id);
CREATE TABLE sample_default PARTITION OF sample DEFAULT;

-- Decisions -------------------------------------------------------------------------------------

-- All metric-level comparisons of one report, release and baseline.
CREATE TABLE family (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report          text NOT NULL,
    tree_id         int NOT NULL REFERENCES tree,
    base_subject_id bigint NOT NULL REFERENCES subject,
    subject_id      bigint NOT NULL REFERENCES subject,
    inputs_hash     text NOT NULL,
    procedure       text NOT NULL,
    q               double precision NOT NULL,
    size            int NOT NULL,
    judged_at       timestamptz NOT NULL DEFAULT marvin_now(),
    UNIQUE (report, base_subject_id, subject_id, inputs_hash, procedure)
);

-- Append-only: a new decision is a new row.
CREATE TABLE judgement (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    family_id    bigint NOT NULL REFERENCES family,
    machine_id   int NOT NULL REFERENCES machine,
    epoch_id     int REFERENCES machine_epoch,
    distro_id    int NOT NULL REFERENCES distro,
    trial_key    text NOT NULL,
    metric_id    int NOT NULL REFERENCES metric,
    inputs_hash  text NOT NULL,
    n_base       int NOT NULL,
    n_new        int NOT NULL,
    base         double precision,
    new          double precision,
    ratio        double precision, -- oriented: above 1 is better
    ci_low       double precision,
    ci_high      double precision,
    margin       double precision,
    prior_var    double precision,
    prior_df     double precision,
    test         text,
    p_mwu        double precision,
    p_welch      double precision,
    p            double precision,
    q            double precision,
    q_red        double precision,
    mde          double precision,
    boots_needed int,
    state        text,
    reason       text,
    UNIQUE (family_id, machine_id, distro_id, trial_key, metric_id)
);

-- A level shift in a series; known once, reported once.
CREATE TABLE change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tree_id    int NOT NULL REFERENCES tree,
    machine_id int NOT NULL REFERENCES machine,
    epoch_id   int REFERENCES machine_epoch,
    distro_id  int NOT NULL REFERENCES distro,
    trial_key  text NOT NULL,
    metric_id  int NOT NULL REFERENCES metric,
    subject_id bigint NOT NULL REFERENCES subject, -- first of the new level
    before     double precision NOT NULL,
    after      double precision NOT NULL,
    ratio      double precision NOT NULL, -- oriented
    ci_low     double precision,
    ci_high    double precision,
    p          double precision,
    found_at   timestamptz NOT NULL DEFAULT marvin_now(),
    UNIQUE NULLS NOT DISTINCT (tree_id, machine_id, epoch_id, distro_id, trial_key, metric_id, subject_id)
);

CREATE TABLE verdict (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change_id  bigint NOT NULL REFERENCES change,
    verdict    text NOT NULL CHECK (verdict IN ('real', 'apparent', 'trade-off', 'infra', 'deferred', 'fixed', 'reopened')),
    who        text NOT NULL,
    why        text NOT NULL,
    given_at   timestamptz NOT NULL DEFAULT marvin_now(),
    won        jsonb NOT NULL DEFAULT '[]', -- trade-off: the cells that won
    band_low   double precision,            -- it carries forward while the level stays in here
    band_high  double precision
);

-- Bisection: a planner over the same queue. Its belief is a function of the stored rows.
CREATE TABLE bisection (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tree_id    int NOT NULL REFERENCES tree,
    good       text[] NOT NULL,
    bad        text NOT NULL,
    trial_key  text NOT NULL,
    metric_id  int NOT NULL REFERENCES metric,
    machine_ids int[] NOT NULL,
    options    jsonb NOT NULL,
    change_id  bigint REFERENCES change,
    state      text NOT NULL DEFAULT 'running'
               CHECK (state IN ('running', 'found', 'not-reproduced', 'undecided', 'stopped')),
    answer     jsonb,
    created_at timestamptz NOT NULL DEFAULT marvin_now(),
    ended_at   timestamptz
);
CREATE TABLE bisection_battery (
    bisection_id bigint NOT NULL REFERENCES bisection,
    battery_id   bigint NOT NULL REFERENCES battery,
    purpose      text NOT NULL CHECK (purpose IN ('endpoint', 'search', 'verify', 'layout')),
    PRIMARY KEY (bisection_id, battery_id)
);

-- Build farm ------------------------------------------------------------------------------------

CREATE TABLE node (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    address   text NOT NULL,
    cores     int NOT NULL,
    state     text NOT NULL DEFAULT 'up' CHECK (state IN ('up', 'draining', 'down', 'removed')),
    seen_at   timestamptz
);
