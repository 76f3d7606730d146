-- The date from which on launches are read by the backfill $1 of the source $2. No row
-- is returned unless it is open: one that was opened more than $3 seconds ago is not.
SELECT since
FROM ingestion_backfills
WHERE id = $1
    AND source_id = $2
    AND finished_at IS NULL
    AND started_at > timezone('UTC', clock_timestamp()) - make_interval(secs => $3)
