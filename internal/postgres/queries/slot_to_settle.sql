-- What the schedule has counted, if its slot is still the one that was found due, and the
-- present moment. The row is locked until the slot is settled.
SELECT
    liftoff_now(),
    failures,
    missed
FROM ingestion_schedules
WHERE name = $1 AND next_due_at = $2::TEXT::TIMESTAMP
FOR NO KEY UPDATE
