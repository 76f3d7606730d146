-- The last part finishes the whole; of two workers that come here at once only
-- one gets the row.
UPDATE ingestion_backfills
SET finished_at = $2::TEXT::TIMESTAMP
WHERE id = $1
    AND finished_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM ingestion_backfill_ranges
        WHERE backfill_id = $1 AND finished_at IS NULL
    )
RETURNING started_at
