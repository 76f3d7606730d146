UPDATE ingestion_sources
SET
    watermark = $2::TEXT::TIMESTAMP,
    newest_launch_id = (
        SELECT id
        FROM known_launches
        WHERE source_id = $1
        ORDER BY id DESC
        LIMIT 1
    ),
    list_tag = nullif($3::TEXT, ''),
    list_launches = (SELECT count(*) FROM known_launches WHERE source_id = $1)
WHERE id = $1
