-- The last part finishes the backfill. Of two workers that come here at once
-- only one gets the row; one whose reply was lost gets it again, because it
-- comes with the same moment. One of launches since a date moves no watermark.
UPDATE ingestion_backfills
SET finished_at = $2::TEXT::TIMESTAMP
WHERE id = $1
    AND (finished_at IS NULL OR finished_at = $2::TEXT::TIMESTAMP)
    AND NOT EXISTS (
        SELECT
        FROM ingestion_backfill_ranges
        WHERE backfill_id = $1 AND finished_at IS NULL
    )
RETURNING CASE WHEN since IS NULL THEN started_at END
