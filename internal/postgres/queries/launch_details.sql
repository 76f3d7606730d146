-- Everything about the launch $1, with its newest document unless that is longer than
-- $2 bytes as text.
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
    launch.simulated_delay_minutes::BIGINT AS simulated_delay_minutes,
    launch.flight_number::BIGINT AS flight_number,
    coalesce(launchpad.full_name, '') AS launchpad_name,
    launch.payload_count::BIGINT AS payload_count,
    launch.slip_minutes::BIGINT AS slip_minutes,
    launch.fetched_at_timestamp,
    launch.revised_at,
    launch.revisions::BIGINT + 1 AS revisions,
    CASE WHEN NOT newest.is_too_long THEN newest.document::TEXT END AS raw_data,
    newest.is_too_long
FROM typed_launches AS launch
LEFT JOIN rockets AS rocket ON rocket.id = launch.rocket_id
LEFT JOIN launchpads AS launchpad ON launchpad.id = launch.launchpad_id
CROSS JOIN LATERAL (
    SELECT
        chosen.document,
        coalesce(liftoff_text_length(chosen.document) > $2, FALSE) AS is_too_long
    FROM (
        SELECT
            coalesce(
                (
                    SELECT revision.raw_data
                    FROM launch_revisions AS revision
                    WHERE revision.launch_id = launch.id
                    ORDER BY revision.revision DESC
                    LIMIT 1
                ),
                (
                    SELECT first.raw_data
                    FROM raw_launches AS first
                    WHERE first.id = launch.id
                )
            ) AS document
    ) AS chosen
) AS newest
WHERE launch.id = $1
