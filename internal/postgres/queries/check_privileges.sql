-- What the role may do with the relations that a run needs, checked before
-- anything is fetched or written. Relations that do not exist yet are left out.
-- Only the role that owns a view can replace it. Identity columns need no
-- privilege of their own. Row-level security must let the role see and write
-- every row: a policy does that if it is permissive, its condition is TRUE, and
-- no restrictive one applies too.
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
        (38, 'SELECT', 'launchpads'),
        (39, 'SELECT', 'reference_checks'),
        (40, 'INSERT', 'reference_checks'),
        (41, 'UPDATE', 'reference_checks'),
        (42, 'SELECT', 'typed_launches'),
        (43, 'INSERT', 'typed_launches'),
        (44, 'UPDATE', 'typed_launches'),
        (45, 'DELETE', 'typed_launches'),
        (46, 'SELECT', 'typed_transactions'),
        (47, 'INSERT', 'typed_transactions'),
        (48, 'DELETE', 'typed_transactions'),
        (49, 'SELECT', 'typed_checks'),
        (50, 'INSERT', 'typed_checks'),
        (51, 'UPDATE', 'typed_checks'),
        (52, 'SELECT', 'launches_from_documents'),
        (53, 'SELECT', 'ingestion_schedules'),
        (54, 'INSERT', 'ingestion_schedules'),
        (55, 'UPDATE', 'ingestion_schedules'),
        (56, 'DELETE', 'ingestion_schedules'),
        (57, 'SELECT', 'ingestion_rates'),
        (58, 'INSERT', 'ingestion_rates'),
        (59, 'UPDATE', 'ingestion_rates')
),
lacking AS (
    SELECT
        relation,
        string_agg(privilege, ', ' ORDER BY number) AS privileges,
        min(number) AS number
    FROM needed
    WHERE NOT has_table_privilege(to_regclass(relation), privilege)
    GROUP BY relation
),
filtered AS (
    SELECT
        needed.relation,
        min(needed.number) AS number
    FROM needed
    INNER JOIN pg_class AS class ON class.oid = to_regclass(needed.relation)
    WHERE class.relrowsecurity
        AND row_security_active(class.oid)
        AND NOT coalesce(
            (
                SELECT bool_and(policy.polpermissive) AND bool_or(
                    policy.polpermissive
                    AND (
                        CASE needed.privilege
                            WHEN 'INSERT' THEN coalesce(
                                pg_get_expr(policy.polwithcheck, policy.polrelid),
                                pg_get_expr(policy.polqual, policy.polrelid)
                            ) = 'true'
                            ELSE pg_get_expr(policy.polqual, policy.polrelid) = 'true'
                                AND coalesce(pg_get_expr(policy.polwithcheck, policy.polrelid), 'true') = 'true'
                        END
                    )
                )
                FROM pg_policy AS policy
                WHERE policy.polrelid = class.oid
                    AND policy.polcmd IN (
                        '*',
                        CASE needed.privilege WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' ELSE 'd' END
                    )
                    AND (
                        policy.polroles = '{0}'
                        OR EXISTS (SELECT FROM unnest(policy.polroles) AS role (oid) WHERE pg_has_role(role.oid, 'USAGE'))
                    )
            ),
            FALSE
        )
    GROUP BY needed.relation
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
    ARRAY(SELECT relation FROM filtered ORDER BY number) AS filtered_on,
    has_database_privilege(current_database(), 'TEMPORARY') AS can_stage,
    CASE
        WHEN to_regclass('launch_aggregates_view') IS NULL
            THEN coalesce(has_schema_privilege(current_schema()::TEXT, 'CREATE'), FALSE)
        -- NULL for a view that was created after this statement began.
        ELSE coalesce(has_schema_privilege(
            (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')), 'CREATE'), TRUE)
    END AS can_create,
    coalesce(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')),
        TRUE
    ) AS owns_view,
    coalesce(has_table_privilege(to_regclass('launch_aggregates_view')::OID, 'SELECT'), TRUE) AS can_read_view
