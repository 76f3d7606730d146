-- Everything before the transaction $1 has been looked at. Before the transaction $2
-- the counters' identity was $3 and their numbers $4.
INSERT INTO typed_checks AS last (system_identifier, oldest_unchecked, counted_before, counters, counted)
SELECT
    system_identifier,
    $1::TEXT::XID8,
    $2::TEXT::XID8,
    $3::TEXT,
    $4::BIGINT[]
FROM pg_control_system()
ON CONFLICT (is_only_row) DO UPDATE SET
    system_identifier = excluded.system_identifier,
    oldest_unchecked = excluded.oldest_unchecked,
    counted_before = excluded.counted_before,
    counters = excluded.counters,
    counted = excluded.counted
-- Two checks at once: the later one counts.
WHERE last.oldest_unchecked <= excluded.oldest_unchecked
    OR last.system_identifier <> excluded.system_identifier
    OR last.oldest_unchecked > pg_current_xact_id()
