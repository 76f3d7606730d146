-- What was due during the pause is not missed.
UPDATE ingestion_schedules
SET
    paused = FALSE,
    retry_at = NULL,
    next_due_at = greatest(next_due_at, $2::TEXT::TIMESTAMP)
WHERE name = $1
