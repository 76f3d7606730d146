-- What the last check of typed_launches found, with what the program's own
-- transactions have written since, and this moment: all transactions before
-- oldest_unchecked have ended, and those from next_transaction on have not begun.
SELECT
    checked.counters,
    CASE
        -- So many are no longer added up quickly.
        WHEN (SELECT count(*) FROM typed_transactions) <= 5000 THEN ARRAY(
            SELECT each.number + coalesce(
                (SELECT sum(own.written[each.position])::BIGINT FROM typed_transactions AS own WHERE own.transaction_id >= checked.counted_before),
                0
            )
            FROM unnest(checked.counted) WITH ORDINALITY AS each (number, position)
            ORDER BY each.position
        )
    END AS counted,
    pg_snapshot_xmin(pg_current_snapshot())::TEXT AS oldest_unchecked,
    pg_snapshot_xmax(pg_current_snapshot())::TEXT AS next_transaction
FROM (SELECT) AS this
LEFT JOIN typed_checks AS checked ON TRUE
