-- Launches, the newest first. '' is any name, NULL any date; $1 is a pattern for ILIKE.
-- Those that have not flown are only launches that the source still has.
SELECT
    launch.id,
    coalesce(launch.name, '') AS name,
    launch.launched_at,
    coalesce(launch.date_precision, '') AS date_precision,
    coalesce(rocket.name, '') AS rocket,
    coalesce(launch.rocket_id, '') AS rocket_id,
    coalesce(launchpad.name, '') AS launchpad,
    coalesce(launch.launchpad_id, '') AS launchpad_id,
    launch.upcoming,
    launch.success,
    launch.missing_since,
    launch.payload_mass_kg,
    launch.simulated_total_payload_mass_kg::BIGINT AS simulated_total_payload_mass_kg,
    launch.simulated_delay_minutes::BIGINT AS simulated_delay_minutes
FROM (
    SELECT *
    FROM launches
    WHERE ($1 = '' OR name ILIKE $1)
        AND ($2::TIMESTAMP IS NULL OR launched_at >= $2)
        AND ($3::TIMESTAMP IS NULL OR launched_at < $3)
        AND ($6 = '' OR starts_with(id, $6))
        AND (NOT $4::BOOLEAN OR (upcoming AND missing_since IS NULL))
    ORDER BY
        launched_at DESC NULLS LAST,
        id DESC
    LIMIT $5
) AS launch
LEFT JOIN rockets AS rocket ON rocket.id = launch.rocket_id
LEFT JOIN launchpads AS launchpad ON launchpad.id = launch.launchpad_id
ORDER BY
    launch.launched_at DESC NULLS LAST,
    launch.id DESC
