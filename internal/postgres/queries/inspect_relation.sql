-- What a relation on the search path is made of: its kind (r: table, v: view
-- …), its columns in order, and the columns of its primary key.
SELECT
    c.relkind::TEXT,
    ARRAY(
        SELECT a.attname::TEXT
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS column_names,
    ARRAY(
        SELECT format_type(a.atttypid, a.atttypmod)
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
    ) AS key_columns
FROM pg_class AS c
WHERE c.oid = to_regclass($1)
