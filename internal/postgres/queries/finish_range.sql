-- No row is updated if another worker has claimed the part meanwhile, if the
-- run was closed as crashed, or if a crash of the server has undone some of
-- what the run stored.
UPDATE ingestion_backfill_ranges AS range
SET
    finished_at = coalesce(range.finished_at, timezone('UTC', clock_timestamp())),
    fetched = $5
FROM ingestion_runs AS run
WHERE range.backfill_id = $1
    AND range.number = $2
    AND range.run_id = $3
    AND run.id = $3
    AND run.status = 'running'
    AND run.fetched >= $4
