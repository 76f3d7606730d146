-- Four roles with no more rights than their part of the program needs; see
-- docs/roles.md, also for who may run it besides superusers. Run it in the
-- program's database:
--
--     psql --dbname spacex --file sql/roles.sql     -- creates the roles
--     liftoff migrate up                            -- as liftoff_owner
--
-- Run it as often as you like: the roles then have exactly the privileges below
-- on the program's tables. A migration grants the same on the tables that it makes
-- (internal/postgres/queries/grant_to_roles.sql). It sets no passwords: ALTER ROLE
-- … PASSWORD, or \password in psql.

DO $$
DECLARE
    new_role TEXT;
BEGIN
    FOREACH new_role IN ARRAY ARRAY['liftoff_owner', 'liftoff_ingester', 'liftoff_reader', 'liftoff_trino'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = new_role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', new_role);
        END IF;
    END LOOP;
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO liftoff_owner, liftoff_ingester, liftoff_reader, liftoff_trino',
        current_database());
    EXECUTE format(
        'GRANT USAGE ON SCHEMA %I TO liftoff_owner, liftoff_ingester, liftoff_reader, liftoff_trino',
        current_schema());
    -- Only the owner makes tables and views, launch_aggregates_view among them.
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO liftoff_owner', current_schema());
    -- A batch is staged in a temporary table.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO liftoff_ingester', current_database());
    -- Everybody who reaches Trino is this role, and some functions of PostgreSQL write
    -- with no privilege at all, such as lo_create.
    IF NOT EXISTS (
        SELECT FROM pg_db_role_setting
        WHERE setrole = 'liftoff_trino'::REGROLE AND setdatabase = 0
            AND 'default_transaction_read_only=on' = ANY (setconfig)
    ) THEN
        ALTER ROLE liftoff_trino SET default_transaction_read_only = on;
    END IF;
END
$$;

DO $$
DECLARE
    it RECORD;
BEGIN
    FOR it IN
        SELECT to_regclass(wanted.relation) AS relation, wanted.ingester, wanted.reader, wanted.trino
        FROM (
            VALUES
                ('raw_launches', 'SELECT, INSERT', 'SELECT', 'SELECT'),
                ('launch_revisions', 'SELECT, INSERT', 'SELECT', NULL),
                ('known_launches', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('quarantined_records', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('ingestion_sources', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('ingestion_runs', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('ingestion_missed_ranges', 'SELECT, INSERT, DELETE', 'SELECT', NULL),
                ('ingestion_schedules', 'SELECT, INSERT, UPDATE, DELETE', 'SELECT', NULL),
                ('ingestion_backfills', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('ingestion_backfill_ranges', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('ingestion_rates', 'SELECT, INSERT, UPDATE', NULL, NULL),
                ('raw_payloads', 'SELECT, INSERT, UPDATE', NULL, NULL),
                ('raw_rockets', 'SELECT, INSERT, UPDATE', NULL, NULL),
                ('raw_launchpads', 'SELECT, INSERT, UPDATE', NULL, NULL),
                ('reference_checks', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('typed_launches', 'SELECT, INSERT, UPDATE, DELETE', 'SELECT', NULL),
                ('typed_transactions', 'SELECT, INSERT, DELETE', 'SELECT', NULL),
                ('typed_checks', 'SELECT, INSERT, UPDATE', 'SELECT', NULL),
                ('launches_from_documents', 'SELECT', 'SELECT', NULL),
                ('liftoff_schema_version', 'SELECT', 'SELECT', NULL),
                ('launches', 'SELECT', 'SELECT', 'SELECT'),
                ('payloads', 'SELECT', 'SELECT', 'SELECT'),
                ('rockets', 'SELECT', 'SELECT', 'SELECT'),
                ('launchpads', 'SELECT', 'SELECT', 'SELECT'),
                ('launch_aggregates_view', 'SELECT', 'SELECT', 'SELECT')
        ) AS wanted (relation, ingester, reader, trino)
        WHERE to_regclass(wanted.relation) IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM liftoff_ingester, liftoff_reader, liftoff_trino', it.relation);
        EXECUTE format('GRANT %s ON %s TO liftoff_ingester', it.ingester, it.relation);
        IF it.reader IS NOT NULL THEN
            EXECUTE format('GRANT %s ON %s TO liftoff_reader', it.reader, it.relation);
        END IF;
        IF it.trino IS NOT NULL THEN
            EXECUTE format('GRANT %s ON %s TO liftoff_trino', it.trino, it.relation);
        END IF;
    END LOOP;
END
$$;
