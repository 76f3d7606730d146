-- Whether the run may claim that it ended well: no other run has closed it as
-- crashed, and everything that it stored has survived a crash of the server.
-- The row's lock keeps other runs from closing it until this is committed.
SELECT
    status,
    fetched
FROM ingestion_runs
WHERE id = $1
FOR NO KEY UPDATE
