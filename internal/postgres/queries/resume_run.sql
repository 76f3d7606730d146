-- What the ledger has about a run, and whether the run could take its own lock
-- again.
SELECT
    status,
    fetched,
    pg_try_advisory_lock($2, (id % 2147483647)::INTEGER) AS has_own_lock
FROM ingestion_runs
WHERE id = $1
