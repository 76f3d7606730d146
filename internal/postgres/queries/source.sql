-- What earlier runs know about a source. The list tag counts only while every
-- known launch is in raw_launches, missing ones aside, and the watermark only
-- while there are any, so that a table that was emptied is filled again. If the
-- ledger was emptied, the gaps have gone with it: then the watermark does not
-- count.
SELECT
    CASE
        WHEN EXISTS (SELECT FROM raw_launches)
            AND EXISTS (SELECT FROM ingestion_runs WHERE source_id = source.id AND status <> 'running') THEN watermark
    END AS watermark,
    coalesce(newest_launch_id, ''),
    CASE
        WHEN list_tag IS NULL THEN ''
        WHEN (SELECT count(*) FROM known_launches)
            <= (SELECT count(*) FROM raw_launches)
            + (
                SELECT count(*)
                FROM known_launches AS missing
                WHERE missing_since IS NOT NULL
                    AND NOT EXISTS (SELECT FROM raw_launches AS first WHERE first.id = missing.id)
            ) THEN list_tag
        ELSE ''
    END AS list_tag,
    coalesce(most_launches, 0),
    missing_checked_at
FROM ingestion_sources AS source
WHERE url = $1
