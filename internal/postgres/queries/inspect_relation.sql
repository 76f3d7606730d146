-- What a relation on the search path consists of: its kind (r: table, v: view
-- …), its schema, its columns in order, the columns of its primary key, and the
-- views that depend on it. Without quotes, which a setting may add.
SELECT
    c.relkind::TEXT,
    n.nspname::TEXT,
    n.nspname = current_schema() AS is_in_current_schema,
    ARRAY(
        SELECT a.attname::TEXT
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS column_names,
    ARRAY(
        SELECT replace(format_type(a.atttypid, a.atttypmod), '"', '')
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS column_types,
    ARRAY(
        SELECT a.attname::TEXT
        FROM pg_index AS i
        INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary
        ORDER BY a.attnum
    ) AS key_columns,
    ARRAY(
        SELECT DISTINCT user_of.oid::REGCLASS::TEXT
        FROM pg_depend AS d
        INNER JOIN pg_rewrite AS rule ON d.classid = 'pg_rewrite'::REGCLASS AND d.objid = rule.oid
        INNER JOIN pg_class AS user_of ON rule.ev_class = user_of.oid
        WHERE d.refclassid = 'pg_class'::REGCLASS AND d.refobjid = c.oid AND user_of.oid <> c.oid
    ) AS dependent_views
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.oid = to_regclass($1)
