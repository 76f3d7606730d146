-- The columns and unique keys of relations, one in each line of
-- schema_shape.txt, in no order. The positions of columns and other properties
-- do not count. Without quotes, which a setting may add.
WITH relation AS (
    SELECT DISTINCT
        class.oid,
        class.relname::TEXT AS name
    FROM unnest($1::TEXT[]) AS wanted
    INNER JOIN pg_class AS class ON class.oid = to_regclass(wanted)
)
SELECT concat_ws(
    ' ',
    relation.name || '.' || attribute.attname,
    replace(format_type(attribute.atttypid, attribute.atttypmod), '"', ''),
    CASE WHEN attribute.attidentity <> '' THEN 'identity' END,
    CASE WHEN attribute.attgenerated <> '' THEN 'generated' END
)
FROM relation
INNER JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
UNION ALL
SELECT concat_ws(
    ' ',
    relation.name || ' unique',
    (
        SELECT string_agg(attribute.attname, ', ' ORDER BY key.position)
        FROM unnest(index.indkey::SMALLINT[]) WITH ORDINALITY AS key (number, position)
        INNER JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attnum = key.number
        WHERE key.position <= index.indnkeyatts
    ),
    'where ' || replace(pg_get_expr(index.indpred, index.indrelid), '"', '')
)
FROM relation
INNER JOIN pg_index AS index ON index.indrelid = relation.oid
WHERE index.indisunique AND index.indisvalid
