-- What the catalog has that can discard or change a row that is written into these
-- tables or their partitions. The first of the names is the table in which
-- something was found, so what belongs to it comes first.
WITH RECURSIVE relation (oid, place) AS (
    SELECT
        to_regclass(name)::OID,
        position
    FROM unnest($1::TEXT[]) WITH ORDINALITY AS named (name, position)
    UNION
    SELECT
        child.inhrelid,
        relation.place
    FROM relation
    INNER JOIN pg_inherits AS child ON child.inhparent = relation.oid
),
intervening (place, relation_oid, kind, name) AS (
    SELECT
        relation.place,
        relation.oid,
        'trigger',
        tgname
    FROM relation
    INNER JOIN pg_trigger ON tgrelid = relation.oid
    WHERE NOT tgisinternal AND tgenabled <> 'D'
    UNION ALL
    SELECT
        relation.place,
        relation.oid,
        'rule',
        rulename
    FROM relation
    INNER JOIN pg_rewrite ON ev_class = relation.oid
    WHERE rulename <> '_RETURN' AND ev_enabled <> 'D'
    UNION ALL
    SELECT
        relation.place,
        relation.oid,
        'policy',
        polname
    FROM relation
    INNER JOIN pg_class AS class ON class.oid = relation.oid
    INNER JOIN pg_policy ON polrelid = relation.oid
    WHERE class.relrowsecurity
    UNION ALL
    SELECT
        relation.place,
        relation.oid,
        'collation',
        collname
    FROM relation
    INNER JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
    INNER JOIN pg_collation AS ordering ON ordering.oid = attribute.attcollation
    WHERE attribute.attnum > 0 AND NOT ordering.collisdeterministic
)
SELECT DISTINCT ON (place, kind, name)
    kind || ' ' || quote_ident(name::TEXT) || ' of ' || relation_oid::REGCLASS::TEXT
FROM intervening
ORDER BY
    place,
    kind,
    name,
    relation_oid
LIMIT 5
