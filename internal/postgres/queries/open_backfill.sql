-- The open backfill of the source $1, unless it was opened more than $3 seconds ago, and
-- whether a part of it is free: nobody has claimed it, or the run that has is not
-- running, or is gone: no session holds its lock, whose class is $2.
SELECT
    backfill.id,
    EXISTS (
        SELECT
        FROM ingestion_backfill_ranges AS part
        LEFT JOIN ingestion_runs AS run ON run.id = part.run_id AND run.status = 'running'
        WHERE part.backfill_id = backfill.id
            AND part.finished_at IS NULL
            AND NOT EXISTS (
                SELECT
                FROM pg_locks
                WHERE locktype = 'advisory'
                    AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND classid = $2::BIGINT::OID
                    AND objid = (run.id % 2147483647)::OID
            )
    ) AS has_free
FROM ingestion_backfills AS backfill
INNER JOIN ingestion_sources AS source ON source.id = backfill.source_id
WHERE source.url = $1
    AND backfill.finished_at IS NULL
    AND backfill.started_at > timezone('UTC', clock_timestamp()) - make_interval(secs => $3)
