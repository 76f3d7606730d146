-- Whether the role may use a schema of its search path, which one it may not
-- use, whether it may create tables in the first one that it may use, and which
-- relations of the program ($1) there it does not own, so that it may not change
-- them.
SELECT
    current_user::TEXT,
    coalesce(current_schema()::TEXT, ''),
    coalesce(has_schema_privilege(current_schema()::TEXT, 'CREATE'), FALSE) AS can_create,
    coalesce(
        (
            SELECT namespace.nspname::TEXT
            FROM unnest(string_to_array(current_setting('search_path'), ',')) WITH ORDINALITY AS path (name, position)
            INNER JOIN pg_namespace AS namespace
                ON quote_ident(namespace.nspname) = replace(trim(path.name), '"$user"', quote_ident(current_user))
            WHERE NOT has_schema_privilege(namespace.oid, 'USAGE')
            ORDER BY path.position
            LIMIT 1
        ),
        ''
    ) AS refused,
    ARRAY(
        SELECT class.relname::TEXT
        FROM pg_class AS class
        WHERE class.relname = ANY($1::TEXT[])
            AND class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
            AND NOT pg_has_role(class.relowner, 'USAGE')
        ORDER BY class.relname
    ) AS of_others
