-- The transaction's id tells, when the reply to its COMMIT is lost, whether it
-- was committed. No row when another run has found this one dead: then that
-- one may be writing, and this one must not.
UPDATE ingestion_runs
SET
    pages = pages + $2,
    fetched = fetched + $3,
    inserted = inserted + $4,
    unchanged = unchanged + $5,
    revised = revised + $6,
    quarantined = quarantined + $7,
    bytes = bytes + $8
WHERE id = $1 AND status = 'running'
RETURNING
    pg_current_xact_id()::TEXT AS transaction_id,
    fetched
