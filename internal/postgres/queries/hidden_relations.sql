-- Which of the given relations the role may read but would always find empty,
-- because row-level security is on and no policy lets it see anything.
SELECT class.relname::TEXT
FROM pg_class AS class
WHERE class.relrowsecurity
    AND class.relname = ANY($1::TEXT[])
    AND class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND has_table_privilege(class.oid, 'SELECT')
    AND row_security_active(class.oid)
    AND NOT EXISTS (
        SELECT
        FROM pg_policy AS policy
        WHERE policy.polrelid = class.oid
            AND policy.polpermissive
            AND policy.polcmd IN ('*', 'r')
            AND (
                policy.polroles = '{0}'
                OR EXISTS (SELECT FROM unnest(policy.polroles) AS role (oid) WHERE pg_has_role(role.oid, 'USAGE'))
            )
    )
ORDER BY class.relname
