-- The newest id stays if another source has taken over all launches since.
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
    list_tag = nullif($3::TEXT, '')
WHERE id = $1
