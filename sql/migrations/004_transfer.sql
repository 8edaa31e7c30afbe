-- Objects on their way from a builder to the store, where the builder does not share its folder:
-- they travel through the builder's one connection and lie here until bob has put them there.

-- Which store is the one: the id of its folder, written by bob where it watches.
CREATE TABLE home_store (
    one            bool PRIMARY KEY DEFAULT true CHECK (one),
    id             text NOT NULL,
    transfer_bytes bigint NOT NULL -- how much may be on its way at once
);

-- One file of a store. Two builders that send the same file go on with one transfer; another
-- compression of the same content is another file.
CREATE TABLE transfer (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash      text NOT NULL,  -- of the content: the name in the store
    file_hash text NOT NULL,  -- of the file that travels
    bytes     bigint NOT NULL CHECK (bytes > 0), -- of that file
    token     bigint NOT NULL, -- of the claim that sent last
    begun_at  timestamptz NOT NULL DEFAULT marvin_now(),
    UNIQUE (hash, file_hash)
);

-- Its parts of 1 MiB from the first on; the last may be shorter.
CREATE TABLE transfer_part (
    transfer_id bigint NOT NULL REFERENCES transfer ON DELETE CASCADE,
    n           int NOT NULL,
    data        bytea NOT NULL,
    PRIMARY KEY (transfer_id, n)
);
ALTER TABLE transfer_part ALTER COLUMN data SET STORAGE EXTERNAL; -- it is compressed already
