-- Makes the rows of typed_launches what they should be, for the launches $1. Rows
-- that are right stay as they are.
INSERT INTO typed_launches AS typed (
    launched_at, fetched_at_timestamp, revised_at, missing_since, payload_mass_kg, flight_number, payload_count,
    simulated_total_payload_mass_kg, simulated_delay_minutes, slip_minutes, revisions, upcoming, success,
    id, rocket_id, launchpad_id, date_precision, name, payload_ids, slip_days
)
SELECT
    launched_at, fetched_at_timestamp, revised_at, missing_since, payload_mass_kg, flight_number, payload_count,
    simulated_total_payload_mass_kg, simulated_delay_minutes, slip_minutes, revisions, upcoming, success,
    id, rocket_id, launchpad_id, date_precision, name, payload_ids, slip_days
FROM launches_from_documents
WHERE id = ANY($1::TEXT[])
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO UPDATE SET
    (
        launched_at, fetched_at_timestamp, revised_at, missing_since, payload_mass_kg, flight_number, payload_count,
        simulated_total_payload_mass_kg, simulated_delay_minutes, slip_minutes, revisions, upcoming, success,
        rocket_id, launchpad_id, date_precision, name, payload_ids, slip_days
    ) = ROW(
        excluded.launched_at, excluded.fetched_at_timestamp, excluded.revised_at, excluded.missing_since,
        excluded.payload_mass_kg, excluded.flight_number, excluded.payload_count,
        excluded.simulated_total_payload_mass_kg, excluded.simulated_delay_minutes, excluded.slip_minutes,
        excluded.revisions, excluded.upcoming, excluded.success,
        excluded.rocket_id, excluded.launchpad_id, excluded.date_precision, excluded.name, excluded.payload_ids, excluded.slip_days
    )
WHERE typed.* IS DISTINCT FROM excluded.*
