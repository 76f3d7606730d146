-- Closes a backfill of the source $1 that was opened more than $2 seconds ago: what its
-- first parts have stored may be out of date.
UPDATE ingestion_backfills
SET finished_at = timezone('UTC', clock_timestamp())
WHERE source_id = (SELECT id FROM ingestion_sources WHERE url = $1)
    AND finished_at IS NULL
    AND started_at <= timezone('UTC', clock_timestamp()) - make_interval(secs => $2)
RETURNING id
