-- What earlier runs know about a source. The list tag counts only while every
-- known launch is in raw_launches, and the watermark only while there are any,
-- so that a table that was emptied is filled again.
SELECT
    CASE WHEN EXISTS (SELECT FROM raw_launches) THEN watermark END AS watermark,
    coalesce(newest_launch_id, ''),
    CASE
        WHEN list_tag IS NULL THEN ''
        WHEN (SELECT count(*) FROM known_launches) <= (SELECT count(*) FROM raw_launches) THEN list_tag
        ELSE ''
    END AS list_tag,
    coalesce(most_launches, 0),
    missing_checked_at
FROM ingestion_sources
WHERE url = $1
