-- Claims the next range that is free: never claimed, or claimed by a run that
-- is no longer running. A range that this run has claimed but not received ($3
-- are those that it received) comes back: the reply to its claim was lost.
-- Not a join: PostgreSQL looks again at a row that was locked after a wait or a
-- change, but with the run that the row had been joined to before, which is none
-- for a range that another worker has just claimed.
UPDATE ingestion_backfill_ranges
SET run_id = $2
WHERE (backfill_id, number) = (
    SELECT
        range.backfill_id,
        range.number
    FROM ingestion_backfill_ranges AS range
    WHERE range.backfill_id = $1
        AND range.finished_at IS NULL
        AND (
            range.run_id IS NULL
            OR range.run_id = $2
            OR EXISTS (SELECT FROM ingestion_runs WHERE id = range.run_id AND status <> 'running')
        )
        AND range.number <> ALL(coalesce($3::INTEGER[], '{}'))
    ORDER BY range.number
    LIMIT 1
    FOR UPDATE OF range SKIP LOCKED
)
RETURNING
    number,
    after_id,
    up_to_id
