-- What of a tree was gone through to the end, as hashes: the references and the policy of the last
-- poll, and all that the last queueing went by. Where they are the same there is nothing to do.
ALTER TABLE tree ADD COLUMN polled text CHECK (polled ~ '^[0-9a-f]{64}$');
ALTER TABLE tree ADD COLUMN queued text CHECK (queued ~ '^[0-9a-f]{64}$');
