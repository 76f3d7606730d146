-- What must be 0 when no run is under way.
SELECT
    'runs that are called running',
    (SELECT count(*) FROM ingestion_runs WHERE status = 'running')
UNION ALL
SELECT
    'advisory locks',
    (
        SELECT count(*)
        FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
UNION ALL
SELECT
    'temporary tables',
    (SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relpersistence = 't' AND relnamespace <> pg_my_temp_schema())
UNION ALL
SELECT
    'sessions',
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff')
UNION ALL
SELECT
    'prepared transactions',
    (SELECT count(*) FROM pg_prepared_xacts)
