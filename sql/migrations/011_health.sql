-- What is known of a machine's health: who took it out of service or back, and its canaries.
CREATE TABLE machine_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine_id int NOT NULL REFERENCES machine,
    at         timestamptz NOT NULL DEFAULT marvin_now(),
    event      text NOT NULL CHECK (event IN ('quarantined', 'fit', 'canary', 'canary-good', 'canary-drift')),
    reason     text NOT NULL,
    who        text NOT NULL, -- a person, or marvin
    run_id     bigint REFERENCES run
);
CREATE INDEX machine_event_of ON machine_event (machine_id, id);
