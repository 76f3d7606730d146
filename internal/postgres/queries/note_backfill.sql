-- note_reading.sql for a backfill that is finished, at the end of each run ($3)
-- that has worked on it. Each marks the missing launches of its own parts when
-- it ends well; one that did not, or that quarantined a record, has marked none,
-- and one that is running none yet. So the last one to end notes the check.
UPDATE ingestion_sources AS source
SET
    most_launches = CASE
        WHEN backfill.accepts_shrink THEN backfill.announced
        ELSE greatest(source.most_launches, backfill.announced)
    END,
    missing_checked_at = CASE
        WHEN $4 AND NOT EXISTS (
            SELECT
            FROM ingestion_backfill_ranges AS range
            INNER JOIN ingestion_runs AS run ON run.id = range.run_id
            WHERE range.backfill_id = backfill.id
                AND run.id <> $3
                AND (run.status <> 'succeeded' OR run.quarantined > 0)
        ) THEN greatest(source.missing_checked_at, backfill.started_at)
        ELSE source.missing_checked_at
    END
FROM ingestion_backfills AS backfill
WHERE source.id = $1
    AND backfill.id = $2
    AND backfill.finished_at IS NOT NULL
    AND backfill.since IS NULL -- else it is not the whole source
    -- One that was closed because it was too old has read only some of it.
    AND NOT EXISTS (SELECT FROM ingestion_backfill_ranges WHERE backfill_id = backfill.id AND finished_at IS NULL)
