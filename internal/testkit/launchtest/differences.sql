-- How what is shown differs from what it should be, a line each and at most 10.
-- The last digits of a mass depend on the order in which it was added up.
WITH shown AS (
    SELECT
        id, name, flight_number, launched_at, date_precision, upcoming, success, rocket_id, launchpad_id, payload_count,
        to_char(payload_mass_kg, '9.99999999EEEE') AS payload_mass_kg, simulated_total_payload_mass_kg,
        simulated_delay_minutes, slip_minutes, fetched_at_timestamp, missing_since
    FROM launches
),
wanted AS (
    SELECT
        id, name, flight_number, launched_at, date_precision, upcoming, success, rocket_id, launchpad_id, payload_count,
        to_char(payload_mass_kg, '9.99999999EEEE') AS payload_mass_kg, simulated_total_payload_mass_kg,
        simulated_delay_minutes, slip_minutes, fetched_at_timestamp, missing_since
    FROM launches_of_version_13
),
shown_revised AS (
    SELECT id, revised_at
    FROM launches
),
wanted_revised AS (
    SELECT
        first.id,
        coalesce(
            (
                SELECT newest.first_seen_at
                FROM launch_revisions AS newest
                WHERE newest.launch_id = first.id
                ORDER BY newest.revision DESC
                LIMIT 1
            ),
            first.fetched_at_timestamp
        ) AS revised_at
    FROM raw_launches AS first
),
stored AS (
    SELECT
        id, name, flight_number, launched_at, date_precision, upcoming, success, rocket_id, launchpad_id, payload_count,
        payload_mass_kg, payload_ids, simulated_total_payload_mass_kg, simulated_delay_minutes, slip_minutes,
        fetched_at_timestamp, missing_since, revised_at, revisions, slip_days
    FROM typed_launches
),
computed AS (
    SELECT
        id, name, flight_number, launched_at, date_precision, upcoming, success, rocket_id, launchpad_id, payload_count,
        payload_mass_kg, payload_ids, simulated_total_payload_mass_kg, simulated_delay_minutes, slip_minutes,
        fetched_at_timestamp, missing_since, revised_at, revisions, slip_days
    FROM launches_from_documents
),
differences AS (
    SELECT 'launches shows' AS what, shown_only::TEXT AS line
    FROM (SELECT * FROM shown EXCEPT ALL SELECT * FROM wanted) AS shown_only
    UNION ALL
    SELECT 'launches lacks', wanted_only::TEXT
    FROM (SELECT * FROM wanted EXCEPT ALL SELECT * FROM shown) AS wanted_only
    UNION ALL
    SELECT 'launches shows revised_at', shown_only::TEXT
    FROM (SELECT * FROM shown_revised EXCEPT ALL SELECT * FROM wanted_revised) AS shown_only
    UNION ALL
    SELECT 'launches lacks revised_at', wanted_only::TEXT
    FROM (SELECT * FROM wanted_revised EXCEPT ALL SELECT * FROM shown_revised) AS wanted_only
    UNION ALL
    SELECT 'typed_launches has', stored_only::TEXT
    FROM (SELECT * FROM stored EXCEPT ALL SELECT * FROM computed) AS stored_only
    UNION ALL
    SELECT 'typed_launches lacks', computed_only::TEXT
    FROM (SELECT * FROM computed EXCEPT ALL SELECT * FROM stored) AS computed_only
)
SELECT what || ' ' || left(line, 500)
FROM differences
ORDER BY line, what
LIMIT 10
