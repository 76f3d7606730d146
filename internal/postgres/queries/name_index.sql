-- The access method of the index of names; '' without such an index.
SELECT coalesce(
    (
        SELECT method.amname::TEXT
        FROM pg_class AS class
        INNER JOIN pg_am AS method ON method.oid = class.relam
        WHERE class.oid = to_regclass('typed_launches_name')
    ),
    ''
)
