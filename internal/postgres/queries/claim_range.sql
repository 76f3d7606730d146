-- The next part that nobody works on: never claimed, or claimed by a run that
-- is not running any more.
UPDATE ingestion_backfill_ranges
SET run_id = $2
WHERE (backfill_id, number) = (
    SELECT
        range.backfill_id,
        range.number
    FROM ingestion_backfill_ranges AS range
    LEFT JOIN ingestion_runs AS run ON run.id = range.run_id
    WHERE range.backfill_id = $1
        AND range.finished_at IS NULL
        AND run.status IS DISTINCT FROM 'running'
    ORDER BY range.number
    LIMIT 1
    FOR UPDATE OF range SKIP LOCKED
)
RETURNING
    number,
    after_id,
    up_to_id
