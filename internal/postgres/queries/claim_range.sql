-- Claims the next range that is free: never claimed, or claimed by a run that
-- is no longer running. A range that this run has claimed but not received ($3
-- are those that it received) comes back: the reply to its claim was lost.
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
        AND (run.status IS DISTINCT FROM 'running' OR range.run_id = $2)
        AND range.number <> ALL(coalesce($3::INTEGER[], '{}'))
    ORDER BY range.number
    LIMIT 1
    FOR UPDATE OF range SKIP LOCKED
)
RETURNING
    number,
    after_id,
    up_to_id
