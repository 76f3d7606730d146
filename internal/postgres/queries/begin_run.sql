-- The source, if it is new, and a row in the ledger. The lock lasts as long as
-- the session, so that others can tell a run that runs from one that died.
WITH source AS (
    INSERT INTO ingestion_sources (url)
    VALUES ($1)
    ON CONFLICT (url) DO UPDATE SET url = excluded.url
    RETURNING id
),
run AS (
    INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at)
    SELECT
        source.id,
        $2,
        $3,
        $4,
        $5::TEXT::TIMESTAMP
    FROM source
    RETURNING
        id,
        source_id
)
SELECT
    id,
    source_id,
    pg_advisory_lock($6, (id % 2147483647)::INTEGER)::TEXT
FROM run
