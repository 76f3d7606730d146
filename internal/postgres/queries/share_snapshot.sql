-- The name of this transaction's snapshot, so that a second transaction can see
-- the same moment, or NULL if there are fewer launches than $1. The server's
-- estimate is enough for that: it takes no lock and reads no launch.
SELECT CASE WHEN max(reltuples) >= CAST($1 AS real) THEN pg_export_snapshot() END
FROM pg_class
WHERE oid IN (to_regclass('raw_launches'), to_regclass('typed_launches'), to_regclass('launches'))
