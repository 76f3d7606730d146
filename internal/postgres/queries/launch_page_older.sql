-- Launches, the newest first, and those without a date last: at most $1, from the first
-- or from after the place $2, $3 on. Filters: $4 is a pattern for ILIKE, $5 an outcome, $6 a rocket, $7 a
-- launchpad; '' for any. $8 and $9 bound the date; NULL for any date, also for none.
WITH chosen AS (
    SELECT *
    FROM launches
    WHERE ($4 = '' OR name ILIKE $4)
        AND ($5 = '' OR $5 = CASE WHEN upcoming THEN 'upcoming' WHEN success THEN 'success' WHEN NOT success THEN 'failure' ELSE 'unknown' END)
        AND ($6 = '' OR rocket_id = $6)
        AND ($7 = '' OR launchpad_id = $7)
        AND ($8::TIMESTAMP IS NULL OR launched_at >= $8)
        AND ($9::TIMESTAMP IS NULL OR launched_at < $9)
)
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
    FROM chosen
    WHERE $3 = ''
        OR CASE WHEN $2::TIMESTAMP IS NULL THEN launched_at IS NULL AND id < $3 ELSE launched_at IS NULL OR (launched_at, id) < ($2, $3) END
    ORDER BY
        launched_at DESC NULLS LAST,
        id DESC
    LIMIT $1
) AS launch
LEFT JOIN rockets AS rocket ON rocket.id = launch.rocket_id
LEFT JOIN launchpads AS launchpad ON launchpad.id = launch.launchpad_id
ORDER BY
    launch.launched_at DESC NULLS LAST,
    launch.id DESC
