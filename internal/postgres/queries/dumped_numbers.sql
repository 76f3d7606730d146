-- The last number that each sequence of the tables $1 has given; NULL for one that has
-- given none, or that the role may not read.
SELECT
    numbered.table_name,
    numbered.column_name,
    CASE
        WHEN has_sequence_privilege(numbered.sequence, 'USAGE') OR has_sequence_privilege(numbered.sequence, 'SELECT')
            THEN pg_sequence_last_value(numbered.sequence)
    END AS last_number
FROM (
    SELECT
        class.relname::TEXT AS table_name,
        attribute.attname::TEXT AS column_name,
        pg_get_serial_sequence(class.oid::REGCLASS::TEXT, attribute.attname)::REGCLASS AS sequence
    FROM unnest($1::TEXT[]) AS wanted (name)
    INNER JOIN pg_class AS class ON class.oid = to_regclass(quote_ident(wanted.name))
    INNER JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
    WHERE attribute.attidentity <> ''
        AND NOT attribute.attisdropped
) AS numbered
ORDER BY
    numbered.table_name,
    numbered.column_name
