-- The tables $1 that are there, in that order, with the columns that have values of
-- their own.
SELECT
    class.relname::TEXT AS name,
    array_agg(attribute.attname::TEXT ORDER BY attribute.attnum) AS columns
FROM unnest($1::TEXT[]) WITH ORDINALITY AS wanted (name, position)
INNER JOIN pg_class AS class ON class.oid = to_regclass(quote_ident(wanted.name))
INNER JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE attribute.attnum > 0
    AND NOT attribute.attisdropped
    AND attribute.attgenerated = ''
GROUP BY
    class.relname,
    wanted.position
ORDER BY wanted.position
