-- Runs that say they are running although nobody holds their lock: their
-- process went away without a word.
UPDATE ingestion_runs
SET
    status = 'crashed',
    -- A clock that was set back makes no run that ended before it began.
    finished_at = greatest(started_at, $2::TEXT::TIMESTAMP),
    error = 'the process went away without a word'
WHERE status = 'running'
    AND source_id = (SELECT id FROM ingestion_sources WHERE url = $1)
    AND pg_try_advisory_xact_lock($3, (id % 2147483647)::INTEGER)
