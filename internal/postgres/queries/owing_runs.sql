-- The runs, but for $1, that ended before anybody had fetched what their
-- launches refer to. Nobody holds the lock ($2) of one that died.
SELECT id
FROM ingestion_runs
WHERE owes_references
    AND id <> $1
    AND (status <> 'running' OR pg_try_advisory_xact_lock($2, (id % 2147483647)::INTEGER))
ORDER BY id
