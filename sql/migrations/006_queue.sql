-- The queue for people: pins, cancelled builds, and how long anything may wait.

ALTER TABLE job
    ADD COLUMN pinned_to text,       -- a build: the only builder that may take it
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN turn bigint,          -- of the last claim; claims of a queue in their order
    ADD COLUMN by_age bool NOT NULL DEFAULT false; -- that claim was the turn of what has waited too long
CREATE INDEX job_turns ON job (kind, machine_id, turn DESC) WHERE turn IS NOT NULL;
CREATE INDEX job_age ON job (kind, machine_id, queued_at) WHERE state = 'queued';

ALTER TABLE build DROP CONSTRAINT build_state_check;
ALTER TABLE build ADD CONSTRAINT build_state_check
    CHECK (state IN ('running', 'done', 'failed', 'deadline', 'too-big', 'lost', 'cancelled'));

-- What the settings say that functions here go by; bob writes it.
CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
