-- All states of one launch, the oldest first: revision 1 is the row that never
-- changes, without what another program added to it. The first documents come, up
-- to $2 bytes of text together; the others are left out. One statement, so that the
-- answer shows one moment.
WITH states AS (
    SELECT
        1 AS revision,
        first.fetched_at_timestamp AS first_seen_at,
        NULL::BIGINT AS run_id,
        liftoff_document_as_sent(
            first.raw_data,
            first.simulated_total_payload_mass_kg,
            first.simulated_delay_minutes,
            '{}'
        ) AS raw_data,
        known.missing_since
    FROM raw_launches AS first
    LEFT JOIN known_launches AS known ON known.id = $1
    WHERE first.id = $1
    UNION ALL
    SELECT
        later.revision,
        later.first_seen_at,
        later.run_id,
        later.raw_data,
        NULL
    FROM launch_revisions AS later
    WHERE later.launch_id = $1
),
measured AS (
    SELECT
        states.*,
        coalesce(sum(liftoff_text_length(states.raw_data)) OVER (ORDER BY states.revision) > $2, FALSE) AS is_too_long
    FROM states
)
SELECT
    revision,
    first_seen_at,
    run_id,
    CASE WHEN NOT is_too_long THEN raw_data::TEXT END AS raw_data,
    is_too_long,
    missing_since
FROM measured
ORDER BY revision
