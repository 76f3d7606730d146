-- The last good run that asked a source, the last one that found something new or changed
-- there, the one that ended last, and those that are under way: a session holds the lock of such a run, whose class
-- is $1. The first column says which of these a row is. Not materialized, because each of
-- the three has an index to go by.
WITH listed AS NOT MATERIALIZED (
    SELECT
        run.id,
        source.url,
        run.selection,
        coalesce(run.schedule, '') AS schedule,
        run.started_at,
        run.finished_at,
        run.inserted,
        run.revised,
        run.missing,
        run.status,
        coalesce(run.error, '') AS error
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
),
good AS (
    SELECT *
    FROM listed
    WHERE status = 'succeeded' AND selection <> 'quarantine'
    ORDER BY id DESC
    LIMIT 1
),
changing AS (
    SELECT *
    FROM listed
    WHERE status <> 'running' AND selection <> 'quarantine' AND inserted + revised + missing > 0
    ORDER BY id DESC
    LIMIT 1
),
ended AS (
    SELECT *
    FROM listed
    WHERE finished_at IS NOT NULL
    ORDER BY
        finished_at DESC,
        id DESC
    LIMIT 1
),
under_way AS (
    SELECT *
    FROM listed
    WHERE status = 'running'
        AND EXISTS (
            SELECT
            FROM pg_locks
            WHERE locktype = 'advisory'
                AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND classid = $1::BIGINT::OID
                AND objid = (listed.id % 2147483647)::OID
        )
    ORDER BY id
    LIMIT 100
),
found AS (
    SELECT 'good' AS why, * FROM good
    UNION ALL
    SELECT 'change' AS why, * FROM changing
    UNION ALL
    SELECT 'ended' AS why, * FROM ended
    UNION ALL
    SELECT 'running' AS why, * FROM under_way
)
SELECT
    why,
    id,
    url,
    selection,
    schedule,
    started_at,
    finished_at,
    inserted,
    revised,
    missing,
    status,
    error
FROM found
ORDER BY
    why,
    id
