-- What the role may do with what a run needs, asked before anything is
-- fetched or written. A view can be replaced by its owner's role only.
SELECT
    current_user::TEXT,
    coalesce(current_schema()::TEXT, ''),
    pg_is_in_recovery() OR current_setting('transaction_read_only')::BOOLEAN AS read_only,
    has_table_privilege('raw_launches', 'SELECT') AS can_select,
    has_table_privilege('raw_launches', 'INSERT') AS can_insert,
    has_table_privilege('launches', 'SELECT')
        AND has_table_privilege('rockets', 'SELECT')
        AND has_table_privilege('launchpads', 'SELECT') AS can_analyze,
    CASE
        WHEN to_regclass('launch_aggregates_view') IS NULL
            THEN coalesce(has_schema_privilege(current_schema()::TEXT, 'CREATE'), FALSE)
        ELSE has_schema_privilege(
            (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')), 'CREATE')
    END AS can_create,
    coalesce(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('launch_aggregates_view')),
        TRUE
    ) AS owns_view
