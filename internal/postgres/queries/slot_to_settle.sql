-- The present moment, if the schedule's slot is still the one that was found due. The
-- row is locked until the slot is settled.
SELECT liftoff_now()
FROM ingestion_schedules
WHERE name = $1 AND next_due_at = $2::TEXT::TIMESTAMP
FOR NO KEY UPDATE
