-- Grants to the roles that sql/roles.sql has made for this schema what it lists, on
-- the relations of this role. So the script need not be run after a migration.
-- A role that the script has not been run for has no USAGE of its own here.
DO $$
DECLARE
    it RECORD;
BEGIN
    FOR it IN
        SELECT format('GRANT %s ON %s TO %I', granted.privileges, class.oid::REGCLASS, role.rolname) AS statement
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
        CROSS JOIN LATERAL (
            VALUES ('liftoff_ingester', wanted.ingester), ('liftoff_reader', wanted.reader), ('liftoff_trino', wanted.trino)
        ) AS granted (role, privileges)
        INNER JOIN pg_roles AS role ON role.rolname = granted.role
        INNER JOIN pg_class AS class ON class.oid = to_regclass(wanted.relation)
        INNER JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE granted.privileges IS NOT NULL
            AND pg_has_role(class.relowner, 'USAGE')
            AND EXISTS (SELECT FROM aclexplode(namespace.nspacl) WHERE grantee = role.oid)
            AND EXISTS (
                SELECT FROM regexp_split_to_table(granted.privileges, ', ') AS privilege
                WHERE NOT has_table_privilege(role.oid, class.oid, privilege)
            )
    LOOP
        EXECUTE it.statement;
    END LOOP;
END
$$
