-- Notes trouble that is no row of its own, or counts it once more. $1 source, $2 message.
SELECT notice_store($1, $2);
