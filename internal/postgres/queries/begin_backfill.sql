-- Opens a backfill of the source $1. No row is returned if another process was faster.
WITH backfill AS (
    INSERT INTO ingestion_backfills (source_id, started_at, announced, accepts_shrink, since)
    SELECT
        id,
        timezone('UTC', clock_timestamp()),
        $4,
        $5,
        nullif($6::TEXT, '')::TIMESTAMP
    FROM ingestion_sources
    WHERE url = $1
    ON CONFLICT (source_id) WHERE finished_at IS NULL DO NOTHING
    RETURNING id
),
parts AS (
    INSERT INTO ingestion_backfill_ranges (backfill_id, number, after_id, up_to_id)
    SELECT
        backfill.id,
        part.number,
        part.after_id,
        part.up_to_id
    FROM backfill
    CROSS JOIN unnest($2::TEXT[], $3::TEXT[]) WITH ORDINALITY AS part (after_id, up_to_id, number)
)
SELECT id FROM backfill
