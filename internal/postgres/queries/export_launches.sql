-- All launches with their typed columns. Ordered by the bytes of the id, so
-- that databases of different locales give the same file.
SELECT
    l.id,
    l.name,
    l.flight_number,
    l.launched_at,
    l.date_precision,
    l.upcoming,
    l.success,
    l.rocket_id,
    l.launchpad_id,
    l.payload_count,
    l.payload_mass_kg,
    l.simulated_total_payload_mass_kg,
    l.simulated_delay_minutes,
    l.slip_minutes,
    l.fetched_at_timestamp
FROM launches AS l
ORDER BY l.id COLLATE "C"
