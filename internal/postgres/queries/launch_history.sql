-- All states of one launch, the oldest first: revision 1 is the row that never
-- changes. One statement, so that the answer shows one moment.
SELECT
    1 AS revision,
    first.fetched_at_timestamp AS first_seen_at,
    NULL::BIGINT AS run_id,
    first.raw_data::TEXT AS raw_data,
    known.missing_since
FROM raw_launches AS first
LEFT JOIN known_launches AS known ON known.id = $1
WHERE first.id = $1
UNION ALL
SELECT
    later.revision,
    later.first_seen_at,
    later.run_id,
    later.raw_data::TEXT,
    NULL
FROM launch_revisions AS later
WHERE later.launch_id = $1
ORDER BY revision
