-- No row is returned if another worker was faster.
WITH backfill AS (
    INSERT INTO ingestion_backfills (source_id, started_at, announced, accepts_shrink)
    VALUES ($1, $2::TEXT::TIMESTAMP, $5, $6)
    ON CONFLICT (source_id) WHERE finished_at IS NULL DO NOTHING
    RETURNING id
),
ranges AS (
    INSERT INTO ingestion_backfill_ranges (backfill_id, number, after_id, up_to_id)
    SELECT
        backfill.id,
        range.number,
        range.after_id,
        range.up_to_id
    FROM backfill
    CROSS JOIN unnest($3::TEXT[], $4::TEXT[]) WITH ORDINALITY AS range (after_id, up_to_id, number)
)
SELECT id FROM backfill
