-- Queues a canary. $1 machine, $2 why. Column: battery, null where one is queued already or none is known good.
SELECT canary_queue((SELECT id FROM machine WHERE name = $1), $2, '-infinity') AS battery;
