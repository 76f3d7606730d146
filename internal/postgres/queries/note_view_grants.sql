-- Notes the grants on launch_aggregates_view before it is dropped, as
-- statements for restore_view_grants.sql.
SELECT set_config(
    'liftoff.view_grants',
    coalesce(
        (
            SELECT string_agg(
                format(
                    'GRANT %s ON launch_aggregates_view TO %s%s',
                    granted.privilege_type,
                    CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::REGROLE::TEXT END,
                    CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                ),
                '; '
            )
            FROM pg_class AS view
            CROSS JOIN LATERAL aclexplode(view.relacl) AS granted
            WHERE view.oid = to_regclass('launch_aggregates_view') AND granted.grantee <> view.relowner
        ),
        ''
    ),
    TRUE
)
