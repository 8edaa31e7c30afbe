-- The build farm as the one that serves it (bob farm serve) sees it: builders on any system read
-- here where to send what they compile.

ALTER TABLE node DROP CONSTRAINT node_state_check;
ALTER TABLE node ADD CHECK (state IN ('up', 'draining', 'down', 'refused', 'removed'));
ALTER TABLE node
    ADD COLUMN arch       text NOT NULL DEFAULT '',
    ADD COLUMN toolchains text[] NOT NULL DEFAULT '{}',
    ADD COLUMN port       int,              -- of the proxy, for the pool that the node is in
    ADD COLUMN drained    bool NOT NULL DEFAULT false, -- asked for by people: gets nothing new
    ADD COLUMN message    text,             -- why it is not up
    ADD COLUMN busy       int,              -- compiles that run there now
    ADD COLUMN done       bigint,           -- since the proxy was started
    ADD COLUMN errors     bigint,           -- of those that were cut off or could not begin
    ADD COLUMN load       double precision, -- of its system over a minute; null: it does not say
    ADD COLUMN since      timestamptz NOT NULL DEFAULT marvin_now(); -- that it is in this state

-- One row: the farm has one proxy.
CREATE TABLE farm (
    one           bool PRIMARY KEY DEFAULT true CHECK (one),
    proxy         text NOT NULL,             -- the address that builders connect to
    jobs_per_core double precision NOT NULL,
    versions      jsonb NOT NULL,            -- toolchain: the version that its nodes have
    waiting       int NOT NULL DEFAULT 0,    -- compiles that wait for a node
    seen_at       timestamptz NOT NULL       -- when the proxy was last well
);

-- Nodes with the same architecture and toolchains are one pool, which keeps its port.
CREATE TABLE farm_pool (
    key  text PRIMARY KEY,
    port int NOT NULL UNIQUE
);
