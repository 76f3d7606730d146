-- What earlier runs know about a source. The list tag counts only while every
-- known launch is in raw_launches, missing ones aside, and while no launch must be
-- asked for although the list has not changed: PostgreSQL refused it, which may have
-- changed since, or a retry has stored or dropped a state of it since the watermark.
-- The watermark counts only while there are any launches, so that a table that was emptied is filled again. If the
-- ledger was emptied, the gaps have gone with it: then the watermark does not
-- count.
SELECT
    CASE
        WHEN EXISTS (SELECT FROM raw_launches)
            AND EXISTS (SELECT FROM ingestion_runs WHERE source_id = source.id AND status <> 'running') THEN watermark
    END AS watermark,
    coalesce(newest_launch_id, ''),
    CASE
        WHEN list_tag IS NULL
            OR EXISTS (
                SELECT
                FROM quarantined_records AS record
                INNER JOIN ingestion_runs AS run ON run.id = record.run_id
                WHERE run.source_id = source.id
                    AND record.launch_id IS NOT NULL
                    AND CASE
                        WHEN record.resolved_at IS NULL THEN record.reason = 'refused_by_database' AND record.superseded_at IS NULL
                        ELSE record.resolved_at >= source.watermark
                    END
            ) THEN ''
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
