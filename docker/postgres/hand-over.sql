-- Run after sql/roles.sql, as the superuser: liftoff's tables, views and functions
-- belong to liftoff_owner. What others made in the database stays theirs.

DO $$
DECLARE
    it RECORD;
BEGIN
    FOR it IN
        -- By name: a role may have grants on tables that are not liftoff's.
        SELECT format('ALTER TABLE %s OWNER TO liftoff_owner', class.oid::REGCLASS) AS statement
        FROM pg_class AS class
        WHERE class.relnamespace = current_schema()::REGNAMESPACE
            AND class.relowner <> 'liftoff_owner'::REGROLE
            AND CASE class.relkind
                WHEN 'r' THEN class.relname IN (
                    'raw_launches', 'launch_revisions', 'known_launches', 'quarantined_records',
                    'ingestion_sources', 'ingestion_runs', 'ingestion_missed_ranges', 'ingestion_backfills', 'ingestion_backfill_ranges', 'ingestion_rates', 'ingestion_schedules',
                    'raw_payloads', 'raw_rockets', 'raw_launchpads', 'reference_checks', 'liftoff_schema_version',
                    'typed_launches', 'typed_transactions', 'typed_checks'
                )
                WHEN 'v' THEN class.relname IN (
                    'launches', 'payloads', 'rockets', 'launchpads', 'launch_aggregates_view', 'launches_from_documents'
                )
            END
        UNION ALL
        SELECT format('ALTER FUNCTION %s OWNER TO liftoff_owner', function.oid::REGPROCEDURE)
        FROM pg_proc AS function
        WHERE function.pronamespace = current_schema()::REGNAMESPACE
            AND function.proname LIKE 'liftoff\_%'
            AND function.proowner <> 'liftoff_owner'::REGROLE
    LOOP
        EXECUTE it.statement;
    END LOOP;
END
$$;
