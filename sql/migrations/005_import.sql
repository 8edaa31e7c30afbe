-- Results that others took: an imported run is a row of run like any other, and says here where it
-- came from. key names the same content in the same place (release, machine, distro).
CREATE TABLE import (
    key          text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{64}$'),
    format       text NOT NULL,
    source       text NOT NULL,              -- for people: 6.1-vanilla/iter-0
    content_hash text NOT NULL,              -- of what was read
    run_id       bigint NOT NULL REFERENCES run,
    files        jsonb NOT NULL DEFAULT '[]', -- [{path, hash}]: in the store, beside the trials' raw files
    facts        jsonb NOT NULL DEFAULT '{}', -- what the format says of the run: times, exit codes, monitors
    imported_at  timestamptz NOT NULL DEFAULT marvin_now()
);
CREATE INDEX import_of_run ON import (run_id);
CREATE INDEX import_of_content ON import (content_hash);

-- An epoch that only imported runs have: a machine's own runs do not go by it.
ALTER TABLE machine_epoch ADD COLUMN imported bool NOT NULL DEFAULT false;
