-- The launches whose row in typed_launches may not be right, in the order of their
-- ids, after $1 and at most $2 of them; with $3 all launches. A transaction that did
-- not keep typed_launches in step has written one of their rows since the last
-- check, or one of their rows was deleted.
--
-- xmin tells which transaction has written a row. A number from another server, or
-- from too long ago, tells nothing: then all launches are meant.
WITH checked AS MATERIALIZED (
    SELECT coalesce(
        (
            SELECT age(last.oldest_unchecked::XID)
            FROM typed_checks AS last
            WHERE NOT $3::BOOLEAN
                AND last.system_identifier = (SELECT control.system_identifier FROM pg_control_system() AS control)
                AND pg_snapshot_xmax(pg_current_snapshot())::TEXT::BIGINT - last.oldest_unchecked::TEXT::BIGINT
                    BETWEEN 0 AND 2000000000
        ),
        2147483647
    ) AS max_age
),
revised AS MATERIALIZED (
    SELECT
        launch_id,
        count(*) AS revisions,
        bool_or(
            age(xmin) <= (SELECT max_age FROM checked)
            AND NOT xmin IN (SELECT transaction_id::XID FROM typed_transactions)
        ) AS is_foreign
    FROM launch_revisions
    GROUP BY launch_id
)
SELECT coalesce(first.id, typed.id) AS id
FROM raw_launches AS first
FULL JOIN typed_launches AS typed ON typed.id = first.id
LEFT JOIN revised ON revised.launch_id = typed.id
LEFT JOIN known_launches AS missing ON missing.id = typed.id COLLATE "C" AND missing.missing_since IS NOT NULL
WHERE (
        first.id IS NULL
        OR typed.id IS NULL
        OR (SELECT max_age FROM checked) = 2147483647
        OR (
            age(first.xmin) <= (SELECT max_age FROM checked)
            AND NOT first.xmin IN (SELECT transaction_id::XID FROM typed_transactions)
        )
        OR (
            age(typed.xmin) <= (SELECT max_age FROM checked)
            AND NOT typed.xmin IN (SELECT transaction_id::XID FROM typed_transactions)
        )
        OR typed.revisions <> coalesce(revised.revisions, 0)
        OR revised.is_foreign
        OR typed.missing_since IS DISTINCT FROM missing.missing_since
    )
    AND ($1::TEXT = '' OR coalesce(first.id, typed.id) > $1) -- the id itself may be empty
ORDER BY coalesce(first.id, typed.id)
LIMIT $2
