-- Whether the ledger has the run as running. The row's lock keeps it so until this is
-- committed.
SELECT status = 'running'
FROM ingestion_runs
WHERE id = $1
FOR NO KEY UPDATE
