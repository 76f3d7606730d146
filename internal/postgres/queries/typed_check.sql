-- What the last check of typed_launches found, and this moment: all transactions
-- before it have ended.
SELECT
    checked.counters,
    pg_snapshot_xmin(pg_current_snapshot())::TEXT AS oldest_unchecked
FROM (SELECT) AS this
LEFT JOIN typed_checks AS checked ON TRUE
