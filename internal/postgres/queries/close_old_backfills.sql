UPDATE ingestion_backfills
SET finished_at = $2::TEXT::TIMESTAMP
WHERE source_id = $1
    AND finished_at IS NULL
    AND started_at <= $3::TEXT::TIMESTAMP
