-- Columns: n, how many transfers that nobody goes on with were removed.
SELECT transfer_clean() AS n;
