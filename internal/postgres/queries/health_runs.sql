-- The last good run that asked a source, the last one that found something new or changed
-- there, and those that are under way: a session holds the lock of such a run, whose class
-- is $1. The first column says which of these a row is.
(
    SELECT
        'good' AS why,
        run.id,
        source.url,
        run.selection,
        coalesce(run.schedule, '') AS schedule,
        run.started_at,
        run.finished_at,
        run.inserted,
        run.revised,
        run.missing
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE run.status = 'succeeded' AND run.selection <> 'quarantine'
    ORDER BY run.id DESC
    LIMIT 1
)
UNION ALL
(
    SELECT
        'change' AS why,
        run.id,
        source.url,
        run.selection,
        coalesce(run.schedule, '') AS schedule,
        run.started_at,
        run.finished_at,
        run.inserted,
        run.revised,
        run.missing
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE run.status <> 'running' AND run.selection <> 'quarantine' AND run.inserted + run.revised + run.missing > 0
    ORDER BY run.id DESC
    LIMIT 1
)
UNION ALL
(
    SELECT
        'running' AS why,
        run.id,
        source.url,
        run.selection,
        coalesce(run.schedule, '') AS schedule,
        run.started_at,
        run.finished_at,
        run.inserted,
        run.revised,
        run.missing
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE run.status = 'running'
        AND EXISTS (
            SELECT
            FROM pg_locks
            WHERE locktype = 'advisory'
                AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND classid = $1::BIGINT::OID
                AND objid = (run.id % 2147483647)::OID
        )
    ORDER BY run.id
    LIMIT 100
)
