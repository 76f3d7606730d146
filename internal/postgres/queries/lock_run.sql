-- The counts of a run, whose row is locked until the transaction ends. No row is
-- returned if another run has closed this one as crashed: then that run may be
-- writing, and this one must not. The transaction's id shows whether it was
-- committed if the reply to its COMMIT is lost.
--
-- NO KEY, because every revision that a batch stores holds the row by its foreign
-- key: two writers that both have revisions would wait for each other.
SELECT
    pg_current_xact_id()::TEXT AS transaction_id,
    pages,
    fetched,
    inserted,
    unchanged,
    revised,
    quarantined,
    bytes
FROM ingestion_runs
WHERE id = $1 AND status = 'running'
FOR NO KEY UPDATE
