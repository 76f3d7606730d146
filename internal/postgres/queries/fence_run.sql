-- Whether the run may still speak for itself: nobody has found it dead, and
-- nothing that it stored was lost with a server that crashed before it was on
-- disk. The lock keeps others from finding it dead until this is committed.
SELECT
    status,
    fetched
FROM ingestion_runs
WHERE id = $1
FOR UPDATE
