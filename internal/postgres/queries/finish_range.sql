-- No row is updated if another worker has claimed the range meanwhile, if the
-- run was closed as crashed, or if a crash of the server has undone some of
-- what the run stored.
UPDATE ingestion_backfill_ranges AS range
SET finished_at = $3::TEXT::TIMESTAMP
FROM ingestion_runs AS run
WHERE range.backfill_id = $1
    AND range.number = $2
    AND range.run_id = $4
    AND run.id = $4
    AND run.status = 'running'
    AND run.fetched >= $5
