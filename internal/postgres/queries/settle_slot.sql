UPDATE ingestion_schedules
SET
    next_due_at = greatest(next_due_at, $2::TEXT::TIMESTAMP),
    retry_at = nullif($3::TEXT, '')::TIMESTAMP,
    failures = $4,
    missed = $5,
    note = nullif($6::TEXT, '')
WHERE name = $1
