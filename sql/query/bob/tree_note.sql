-- What of a tree was gone through to the end. $1 tree id, $2 hash of the references and the policy, $3
-- hash of all that queueing went by; null leaves one as it is.
SELECT tree_note($1, $2, $3);
