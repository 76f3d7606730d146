-- Adds a row to the ledger. The lock lasts as long as the session, so that
-- others can tell a run that is running from one that crashed. A run for a slot of a
-- schedule ($7) begins only if the slot is still the next one ($8), and due: the
-- source's lock is held, so nobody else does it. It counts as failed until it is
-- settled: one that ends its process each time must not be begun every few seconds.
WITH due AS (
    UPDATE ingestion_schedules
    SET
        failures = failures + 1,
        retry_at = CASE WHEN failures >= 2 THEN liftoff_now() + make_interval(secs => least(15 * 2.0 ^ (failures - 2), 900)) END
    WHERE name = $7
        AND next_due_at = nullif($8::TEXT, '')::TIMESTAMP
        AND NOT paused
        AND coalesce(retry_at, next_due_at) <= liftoff_now()
    RETURNING name
),
run AS (
    INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, schedule, due_at)
    SELECT
        id,
        $2,
        $3,
        $4,
        $5::TEXT::TIMESTAMP,
        nullif($7::TEXT, ''),
        nullif($9::TEXT, '')::TIMESTAMP
    FROM ingestion_sources
    WHERE url = $1
        AND ($7 = '' OR EXISTS (SELECT FROM due))
    RETURNING
        id,
        source_id
)
SELECT
    id,
    source_id,
    pg_advisory_lock($6, (id % 2147483647)::INTEGER)::TEXT
FROM run
