-- The newest id stays if another source has taken over all launches since. A list
-- that has not changed since the run that last looked for missing launches has lost
-- none: then they have been looked for again.
UPDATE ingestion_sources
SET
    watermark = $2::TEXT::TIMESTAMP,
    newest_launch_id = coalesce(
        (
            SELECT id
            FROM known_launches
            WHERE source_id = $1
            ORDER BY id DESC
            LIMIT 1
        ),
        newest_launch_id
    ),
    list_tag = nullif($3::TEXT, ''),
    missing_checked_at = CASE WHEN missing_checked_at = watermark AND list_tag = $3 THEN $2::TEXT::TIMESTAMP ELSE missing_checked_at END
WHERE id = $1
