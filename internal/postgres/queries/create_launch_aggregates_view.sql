-- Launches that the source no longer has are left out. They are few, and are
-- subtracted.
--
-- No JSON document of the others is opened: the total and the sums come from the
-- covering index, the successes from the partial one, and launches that were
-- revised are put right by a flag that their revisions carry.
--
-- DOUBLE PRECISION and not NUMERIC: Trino's PostgreSQL connector hides
-- columns of NUMERIC without a precision. Averages of no rows are NULL.
CREATE OR REPLACE VIEW launch_aggregates_view AS
WITH stored AS (
    SELECT
        count(*) AS launches,
        count(simulated_total_payload_mass_kg) AS masses,
        coalesce(sum(simulated_total_payload_mass_kg), 0) AS mass_kg,
        count(simulated_delay_minutes) AS delays,
        coalesce(sum(simulated_delay_minutes), 0) AS delay_minutes
    FROM raw_launches
),
missing AS (
    SELECT
        count(*) AS launches,
        count(launch.simulated_total_payload_mass_kg) AS masses,
        coalesce(sum(launch.simulated_total_payload_mass_kg), 0) AS mass_kg,
        count(launch.simulated_delay_minutes) AS delays,
        coalesce(sum(launch.simulated_delay_minutes), 0) AS delay_minutes,
        count(*) FILTER (WHERE coalesce(newest.is_successful, launch.raw_data @> '{"success": true}')) AS successes
    FROM known_launches AS known
    -- The collation is that of the key's index.
    INNER JOIN raw_launches AS launch ON launch.id = known.id COLLATE "default"
    LEFT JOIN LATERAL (
        SELECT is_successful
        FROM launch_revisions
        WHERE launch_id = launch.id
        ORDER BY revision DESC
        LIMIT 1
    ) AS newest ON TRUE
    WHERE known.missing_since IS NOT NULL
),
first_payloads AS (
    SELECT count(*) AS successes
    FROM raw_launches
    WHERE raw_data @> '{"success": true}'
),
newest_revisions AS (
    SELECT DISTINCT ON (launch_id)
        launch_id,
        is_successful
    FROM launch_revisions
    ORDER BY
        launch_id DESC,
        revision DESC
),
revised AS (
    SELECT count(*) FILTER (WHERE newest_revisions.is_successful) - count(successful.id) AS more_successes
    FROM newest_revisions
    LEFT JOIN (
        SELECT id
        FROM raw_launches
        WHERE raw_data @> '{"success": true}'
    ) AS successful ON successful.id = newest_revisions.launch_id
)
SELECT
    stored.launches - missing.launches AS total_launches,
    first_payloads.successes + revised.more_successes - missing.successes AS total_successful_launches,
    ((stored.mass_kg - missing.mass_kg)::NUMERIC / nullif(stored.masses - missing.masses, 0))::DOUBLE PRECISION
        AS average_payload_mass,
    ((stored.delay_minutes - missing.delay_minutes)::NUMERIC / nullif(stored.delays - missing.delays, 0))::DOUBLE PRECISION
        AS average_launch_delay_minutes
FROM stored
CROSS JOIN missing
CROSS JOIN first_payloads
CROSS JOIN revised
