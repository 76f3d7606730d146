-- The row that this run has opened and does not know of, because the reply was
-- lost, and whether its lock could be taken: another run that began at the same
-- moment with the same command still has its own.
SELECT
    id,
    source_id,
    pg_try_advisory_lock($4, (id % 2147483647)::INTEGER) AS is_own
FROM (
    SELECT
        run.id,
        run.source_id
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE source.url = $1
        AND run.started_at = $2::TEXT::TIMESTAMP
        AND run.command = $3
        AND run.status = 'running'
        AND run.fetched = 0
    ORDER BY run.id DESC
    LIMIT 1
) AS newest
