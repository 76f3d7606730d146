-- Whether anything can discard or change what has just been inserted as launches:
-- a trigger, rule, policy, collation or partition of the two tables, or a
-- revision that was left behind. Until the end of the transaction the tables are
-- locked against getting any of these, so the answer was the same before the
-- statements that inserted.
SELECT
    bool_or(
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
    OR EXISTS (
        SELECT
        FROM staged_launches AS staged
        CROSS JOIN LATERAL (
            SELECT
            FROM launch_revisions AS left_behind
            WHERE left_behind.launch_id = staged.id
            LIMIT 1
        ) AS revision
        WHERE (SELECT EXISTS (SELECT FROM launch_revisions))
    )
FROM pg_class AS class
WHERE class.oid IN ('raw_launches'::REGCLASS, 'known_launches'::REGCLASS)
