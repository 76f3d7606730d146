-- What the role may do with the relations that a run needs, checked before
-- anything is fetched or written. Only the role that owns a view can replace
-- it. Identity columns need no privilege of their own.
WITH needed (number, privilege, relation) AS (
    VALUES
        (1, 'SELECT', 'raw_launches'),
        (2, 'INSERT', 'raw_launches'),
        (3, 'SELECT', 'known_launches'),
        (4, 'INSERT', 'known_launches'),
        (5, 'UPDATE', 'known_launches'),
        (6, 'SELECT', 'launch_revisions'),
        (7, 'INSERT', 'launch_revisions'),
        (8, 'SELECT', 'quarantined_records'),
        (9, 'INSERT', 'quarantined_records'),
        (10, 'UPDATE', 'quarantined_records'),
        (11, 'SELECT', 'ingestion_sources'),
        (12, 'INSERT', 'ingestion_sources'),
        (13, 'UPDATE', 'ingestion_sources'),
        (14, 'SELECT', 'ingestion_runs'),
        (15, 'INSERT', 'ingestion_runs'),
        (16, 'UPDATE', 'ingestion_runs'),
        (17, 'SELECT', 'ingestion_missed_ranges'),
        (18, 'INSERT', 'ingestion_missed_ranges'),
        (19, 'DELETE', 'ingestion_missed_ranges'),
        (20, 'SELECT', 'ingestion_backfills'),
        (21, 'INSERT', 'ingestion_backfills'),
        (22, 'UPDATE', 'ingestion_backfills'),
        (23, 'SELECT', 'ingestion_backfill_ranges'),
        (24, 'INSERT', 'ingestion_backfill_ranges'),
        (25, 'UPDATE', 'ingestion_backfill_ranges'),
        (26, 'SELECT', 'raw_payloads'),
        (27, 'INSERT', 'raw_payloads'),
        (28, 'UPDATE', 'raw_payloads'),
        (29, 'SELECT', 'raw_rockets'),
        (30, 'INSERT', 'raw_rockets'),
        (31, 'UPDATE', 'raw_rockets'),
        (32, 'SELECT', 'raw_launchpads'),
        (33, 'INSERT', 'raw_launchpads'),
        (34, 'UPDATE', 'raw_launchpads'),
        (35, 'SELECT', 'launches'),
        (36, 'SELECT', 'payloads'),
        (37, 'SELECT', 'rockets'),
        (38, 'SELECT', 'launchpads')
),
lacking AS (
    SELECT
        relation,
        string_agg(privilege, ', ' ORDER BY number) AS privileges,
        min(number) AS number
    FROM needed
    WHERE NOT has_table_privilege(relation, privilege)
    GROUP BY relation
)
SELECT
    current_user::TEXT,
    coalesce(current_schema()::TEXT, ''),
    current_database()::TEXT,
    pg_is_in_recovery() OR current_setting('transaction_read_only')::BOOLEAN AS read_only,
    ARRAY(SELECT relation FROM lacking ORDER BY number) AS lacking_on,
    ARRAY(
        SELECT privileges || ' ON ' || string_agg(relation, ', ' ORDER BY number)
        FROM lacking
        GROUP BY privileges
        ORDER BY min(number)
    ) AS lacking,
    has_database_privilege(current_database(), 'TEMPORARY') AS can_stage,
    -- to_regclass sees a view that another process has just made, the subquery
    -- does not.
    coalesce(
        has_schema_privilege((SELECT relnamespace FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')), 'CREATE'),
        has_schema_privilege(current_schema()::TEXT, 'CREATE'),
        FALSE
    ) AS can_create,
    coalesce(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')),
        TRUE
    ) AS owns_view,
    coalesce(has_table_privilege(to_regclass('launch_aggregates_view')::OID, 'SELECT'), TRUE) AS can_read_view
