-- Whether the role may use a schema of its search path, which one it may not
-- use, and whether it may create tables in the first one that it may use.
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
    ) AS refused
