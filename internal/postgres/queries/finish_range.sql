UPDATE ingestion_backfill_ranges
SET finished_at = $3::TEXT::TIMESTAMP
WHERE backfill_id = $1 AND number = $2
