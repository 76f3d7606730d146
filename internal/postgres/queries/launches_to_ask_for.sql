-- The ids that a run for new launches asks the source $1 for, whatever their dates:
-- launches that had not flown yet when they were last seen, without those of other
-- sources, whose ids mean nothing to it; launches that are missing and may come back;
-- and launches with a record in quarantine that is not superseded, or that was
-- retried since the watermark. Of each kind at most $2, the newest ids.
(
    SELECT launch.id
    FROM launches AS launch
    WHERE launch.upcoming
        AND NOT EXISTS (
            SELECT
            FROM known_launches AS known
            INNER JOIN ingestion_sources AS source ON source.id = known.source_id
            WHERE known.id = launch.id AND source.url <> $1
        )
    ORDER BY launch.id DESC
    LIMIT $2
)
UNION
(
    SELECT missing.id
    FROM known_launches AS missing
    INNER JOIN ingestion_sources AS source ON source.id = missing.source_id
    WHERE missing.missing_since IS NOT NULL
        AND source.url = $1
    ORDER BY missing.id DESC
    LIMIT $2
)
UNION
(
    SELECT DISTINCT record.launch_id AS id
    FROM quarantined_records AS record
    INNER JOIN ingestion_runs AS run ON run.id = record.run_id
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE record.launch_id IS NOT NULL
        AND CASE WHEN record.resolved_at IS NULL THEN record.superseded_at IS NULL ELSE record.resolved_at >= source.watermark END
        AND source.url = $1
    ORDER BY id DESC
    LIMIT $2
)
