-- What a kernel was configured by, once by content, and for each build how that differs from the
-- release before. The text is kept here too, because artifacts are removed some day.

CREATE TABLE kernel_config (
    hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'), -- of the text
    text text NOT NULL
);

CREATE TABLE build_config (
    build_id      bigint PRIMARY KEY REFERENCES build,
    config_hash   text NOT NULL REFERENCES kernel_config,
    previous      text,           -- the release that it is compared with; NULL: there was none yet
    previous_hash text REFERENCES kernel_config,
    difference    text NOT NULL   -- lines -CONFIG_A=y, +CONFIG_A=m by option; what is not set has no line
);
