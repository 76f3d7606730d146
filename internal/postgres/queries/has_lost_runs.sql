-- Whether a run of this source, other than $3, is running according to the
-- ledger although no session holds its lock. It takes no lock itself, which
-- could keep that run from resuming.
SELECT EXISTS (
    SELECT
    FROM ingestion_runs AS run
    INNER JOIN ingestion_sources AS source ON source.id = run.source_id
    WHERE source.url = $1
        AND run.status = 'running'
        AND run.id <> $3
        AND NOT EXISTS (
            SELECT
            FROM pg_locks
            WHERE locktype = 'advisory'
                AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND classid = $2::BIGINT::OID
                AND objid = (run.id % 2147483647)::OID
        )
)
