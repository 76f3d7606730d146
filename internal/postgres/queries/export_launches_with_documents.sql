-- The same as launches.sql, with each launch's newest document. OFFSET 0 keeps
-- the documents out of the sort: they are looked up afterwards, one by one.
SELECT
    sorted.*,
    coalesce(
        (
            SELECT revision.raw_data
            FROM launch_revisions AS revision
            WHERE revision.launch_id = sorted.id
            ORDER BY revision.revision DESC
            LIMIT 1
        ),
        (
            SELECT first.raw_data
            FROM raw_launches AS first
            WHERE first.id = sorted.id
        )
    ) AS raw_data
FROM (
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
    OFFSET 0
) AS sorted
