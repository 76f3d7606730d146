-- The kind, the columns and the unique keys of relations of the program's
-- schema, one in each line of schema_shape.txt, in no order. The positions of
-- columns and other properties do not count. Without quotes, which a setting may
-- add.
WITH relation AS (
    SELECT
        class.oid,
        class.relname::TEXT AS name,
        class.relkind AS kind,
        class.relpersistence = 'u' AS is_unlogged,
        class.relhasrules AS may_have_rules,
        class.relhassubclass AS may_have_heirs
    FROM pg_class AS class
    WHERE class.relname = ANY($1::TEXT[])
        AND class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
)
SELECT concat_ws(
    ' ',
    relation.name || ' is a',
    CASE WHEN relation.is_unlogged THEN 'unlogged' END,
    CASE
        WHEN relation.kind IN ('r', 'p') THEN 'table'
        WHEN relation.kind = 'v' THEN 'view'
        WHEN relation.kind = 'm' THEN 'materialized view'
        WHEN relation.kind = 'f' THEN 'foreign table'
        ELSE 'relation of kind ' || relation.kind::TEXT
    END,
    CASE
        WHEN relation.kind IN ('r', 'p') AND relation.may_have_rules
            AND EXISTS (SELECT FROM pg_rewrite AS rule WHERE rule.ev_class = relation.oid)
            THEN 'with rules'
    END,
    CASE
        WHEN relation.kind = 'r' AND relation.may_have_heirs
            AND EXISTS (SELECT FROM pg_inherits AS heir WHERE heir.inhparent = relation.oid)
            THEN 'that others inherit from'
    END
)
FROM relation
UNION ALL
SELECT concat_ws(
    ' ',
    relation.name || '.' || attribute.attname,
    replace(format_type(attribute.atttypid, attribute.atttypmod), '"', ''),
    CASE WHEN attribute.attidentity <> '' THEN 'identity' END,
    CASE WHEN attribute.attgenerated <> '' THEN 'generated' END,
    CASE
        WHEN attribute.attcollation NOT IN (0, 100, 950) -- none, default, C
            AND NOT (SELECT sorting.collisdeterministic FROM pg_collation AS sorting WHERE sorting.oid = attribute.attcollation)
            THEN 'with a collation that is not deterministic'
    END
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
WHERE index.indisunique AND index.indisvalid AND index.indimmediate
