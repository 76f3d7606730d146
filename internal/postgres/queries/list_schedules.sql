-- All schedules, each with its last good run and whether somebody writes launches of its
-- source, and the present moment.
SELECT
    liftoff_now(),
    schedule.name,
    source.url,
    schedule.selection,
    coalesce(schedule.every_seconds, 0),
    coalesce(schedule.cron, ''),
    schedule.time_zone,
    schedule.next_due_at,
    schedule.retry_at,
    schedule.failures,
    schedule.missed,
    schedule.paused,
    coalesce(schedule.note, ''),
    coalesce(good.id, 0),
    good.due_at,
    good.finished_at,
    EXISTS (
        SELECT
        FROM pg_locks
        WHERE locktype = 'advisory'
            AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = $1::BIGINT::OID
            AND objid = (hashtext(source.url)::BIGINT & 4294967295)::OID
    )
FROM ingestion_schedules AS schedule
INNER JOIN ingestion_sources AS source ON source.id = schedule.source_id
LEFT JOIN LATERAL (
    SELECT
        id,
        due_at,
        finished_at
    FROM ingestion_runs
    WHERE ingestion_runs.schedule = schedule.name AND ingestion_runs. status = 'succeeded'
    ORDER BY due_at DESC
    LIMIT 1
) AS good ON TRUE
ORDER BY schedule.name
