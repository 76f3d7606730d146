-- Claims the next part that is free: never claimed, or claimed by a run that
-- is no longer running. A part that this run has claimed but not received ($3
-- are those that it received) comes back: the reply to its claim was lost.
-- Not a join: when PostgreSQL has waited for a row, it checks the row again, but
-- against the run that it had joined before. For a part that another worker has
-- just claimed it had joined no run, so both workers would get the part.
UPDATE ingestion_backfill_ranges
SET
    run_id = $2,
    claimed_at = timezone('UTC', clock_timestamp())
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
