-- The positions, from 1, of launches that are stored in a newer state than the
-- one seen at a moment.
SELECT record.position::INTEGER
FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS record (launch_id, seen_at, position)
WHERE EXISTS (
    SELECT
    FROM raw_launches
    WHERE id = record.launch_id AND fetched_at_timestamp > record.seen_at::TIMESTAMP
)
OR EXISTS (
    SELECT
    FROM launch_revisions
    WHERE launch_id = record.launch_id AND first_seen_at > record.seen_at::TIMESTAMP
)
ORDER BY record.position
