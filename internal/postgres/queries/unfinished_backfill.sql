-- The backfill of a source that workers may join. One that began too long ago
-- is ignored: what it has read may have changed since.
SELECT id
FROM ingestion_backfills
WHERE source_id = $1
    AND finished_at IS NULL
    AND started_at > $2::TEXT::TIMESTAMP
