-- What the launches of some runs refer to is stored: of $1, and of those that have worked
-- on the backfill $2, which this run has finished. Some of these may be running still.
UPDATE ingestion_runs
SET owes_references = FALSE
WHERE owes_references
    AND (
        id = ANY($1::BIGINT[])
        OR id IN (SELECT run_id FROM ingestion_backfill_ranges WHERE backfill_id = $2)
    )
