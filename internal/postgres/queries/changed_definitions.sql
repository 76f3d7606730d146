-- The views and functions of the program's schema that differ from those of the
-- same names that were made in pg_temp just now, as "view launches".
WITH home AS (
    SELECT relnamespace AS oid
    FROM pg_class
    WHERE oid = 'liftoff_schema_version'::REGCLASS
),
differing AS (
    SELECT
        'view' AS kind,
        made.relname::TEXT AS name
    FROM pg_class AS made
    LEFT JOIN pg_class AS found ON found.relname = made.relname AND found.relnamespace = (SELECT oid FROM home)
    WHERE made.relnamespace = pg_my_temp_schema()
        AND made.relname::TEXT = ANY($1::TEXT[])
        AND pg_temp.liftoff_normal_view(found.oid) IS DISTINCT FROM pg_temp.liftoff_normal_view(made.oid)
    UNION ALL
    SELECT
        'function',
        made.proname::TEXT
    FROM pg_proc AS made
    LEFT JOIN pg_proc AS found
        ON found.proname = made.proname
            AND found.pronamespace = (SELECT oid FROM home)
            AND found.proargtypes = made.proargtypes
    WHERE made.pronamespace = pg_my_temp_schema()
        AND made.proname::TEXT = ANY($1::TEXT[])
        AND pg_temp.liftoff_normal_function(found.oid) IS DISTINCT FROM pg_temp.liftoff_normal_function(made.oid)
)
SELECT kind || ' ' || name
FROM differing
ORDER BY
    kind DESC,
    name
