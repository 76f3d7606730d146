-- What a relation of the program's schema consists of: its kind (r: table, v:
-- view …), what PostgreSQL would do with it that it does not do with a plain
-- table, its columns in order, the columns of its primary key, and the views
-- that depend on it. Without quotes, which a setting may add.
SELECT
    c.relkind::TEXT,
    c.relpersistence = 'u' AS is_unlogged,
    c.relkind IN ('r', 'p') AND c.relhasrules AND EXISTS (SELECT FROM pg_rewrite AS rule WHERE rule.ev_class = c.oid) AS has_rules,
    c.relkind = 'r' AND c.relhassubclass AND EXISTS (SELECT FROM pg_inherits AS heir WHERE heir.inhparent = c.oid) AS has_heirs,
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
        SELECT CASE
            WHEN a.attgenerated <> '' THEN 'column ' || a.attname || ' is generated'
            WHEN a.attidentity = 'a' THEN 'column ' || a.attname || ' is an identity column'
            ELSE 'column ' || a.attname || ' takes different texts for equal (its collation is not deterministic)'
        END
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND (
                a.attgenerated <> '' OR a.attidentity = 'a'
                OR EXISTS (SELECT FROM pg_collation AS l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic)
            )
        ORDER BY a.attnum
    ) AS odd_columns,
    ARRAY(
        SELECT a.attname::TEXT
        FROM pg_index AS i
        INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate -- ON CONFLICT takes no other
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
WHERE c.relname = $1 AND n.nspname = current_schema()
