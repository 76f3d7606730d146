-- The transaction's id shows whether it was committed if the reply to its
-- COMMIT is lost. No row is returned if another run has closed this one as
-- crashed: then that run may be writing, and this one must not.
UPDATE ingestion_runs
SET
    pages = pages + $2,
    fetched = fetched + $3,
    inserted = inserted + $4,
    unchanged = unchanged + $5,
    revised = revised + $6,
    quarantined = quarantined + $7,
    bytes = bytes + $8,
    owes_references = owes_references OR $4 + $6 > 0
WHERE id = $1 AND status = 'running'
RETURNING
    pg_current_xact_id()::TEXT AS transaction_id,
    fetched
