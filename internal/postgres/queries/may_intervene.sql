-- Whether anything can discard or change what is inserted into tables: a trigger,
-- rule, policy, collation or partition of the tables $1. Ask after inserting: until the
-- end of the transaction the tables are locked against getting any of these, so the
-- answer was the same before.
SELECT bool_or(
    class.relkind <> 'r'
    OR class.relhastriggers
    OR class.relhasrules
    OR class.relrowsecurity
    OR class.relhassubclass
    OR EXISTS (
        SELECT
        FROM pg_attribute AS attribute
        INNER JOIN pg_collation AS ordering ON ordering.oid = attribute.attcollation
        WHERE attribute.attrelid = class.oid AND NOT ordering.collisdeterministic
    )
)
FROM pg_class AS class
WHERE class.oid = ANY($1::TEXT[]::REGCLASS[])
