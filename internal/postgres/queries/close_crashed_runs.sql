-- Closes runs that are running according to the ledger, although no session
-- holds their lock: their process is gone. Not the run that asks ($4; 0 if it
-- has no row yet), because its own session would get its lock a second time. It returns
-- them with the slot that each was for, if any.
UPDATE ingestion_runs
SET
    status = 'crashed',
    -- A clock that was set back must not make a run end before it began.
    finished_at = greatest(started_at, $2::TEXT::TIMESTAMP),
    error = 'the process ended without closing its run'
WHERE status = 'running'
    AND source_id = (SELECT id FROM ingestion_sources WHERE url = $1)
    AND id <> $4
    AND pg_try_advisory_xact_lock($3, (id % 2147483647)::INTEGER)
RETURNING
    id,
    coalesce(schedule, '') AS schedule,
    due_at
