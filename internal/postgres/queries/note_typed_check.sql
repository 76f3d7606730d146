-- Everything before the moment $1 has been looked at, when the counters were $2.
INSERT INTO typed_checks AS last (system_identifier, oldest_unchecked, counters)
SELECT
    system_identifier,
    $1::TEXT::XID8,
    $2::TEXT
FROM pg_control_system()
ON CONFLICT (is_only_row) DO UPDATE SET
    system_identifier = excluded.system_identifier,
    oldest_unchecked = excluded.oldest_unchecked,
    counters = excluded.counters
-- Two checks at once: the later one counts.
WHERE last.oldest_unchecked <= excluded.oldest_unchecked
    OR last.system_identifier <> excluded.system_identifier
    OR last.oldest_unchecked > pg_current_xact_id()
