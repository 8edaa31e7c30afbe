-- Bisections: what is asked for of the queue is stored request by request, so that the belief is a
-- function of rows; the metric is named, since it may never have been measured yet.
ALTER TABLE bisection ALTER COLUMN metric_id DROP NOT NULL;
ALTER TABLE bisection ADD COLUMN metric text NOT NULL DEFAULT '';
ALTER TABLE bisection ADD COLUMN asked_by text NOT NULL DEFAULT '';
ALTER TABLE bisection ADD COLUMN why text; -- of the state, one clause
DROP TABLE bisection_battery;

-- Boots first_boot .. last_boot of a battery, asked for in one step.
CREATE TABLE bisection_request (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bisection_id bigint NOT NULL REFERENCES bisection,
    battery_id   bigint NOT NULL REFERENCES battery,
    revision     text NOT NULL, -- full hash of the commit
    machine_id   int NOT NULL REFERENCES machine,
    first_boot   int NOT NULL CHECK (first_boot > 0),
    last_boot    int NOT NULL CHECK (last_boot >= first_boot),
    purpose      text NOT NULL CHECK (purpose IN ('endpoints', 'search', 'verify', 'revert')),
    asked_at     timestamptz NOT NULL DEFAULT marvin_now(),
    UNIQUE (bisection_id, battery_id, first_boot)
);
