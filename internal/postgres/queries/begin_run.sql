-- Adds a row to the ledger. The lock lasts as long as the session, so that
-- others can tell a run that is running from one that crashed.
WITH run AS (
    INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at)
    SELECT
        id,
        $2,
        $3,
        $4,
        $5::TEXT::TIMESTAMP
    FROM ingestion_sources
    WHERE url = $1
    RETURNING
        id,
        source_id
)
SELECT
    id,
    source_id,
    pg_advisory_lock($6, (id % 2147483647)::INTEGER)::TEXT
FROM run
