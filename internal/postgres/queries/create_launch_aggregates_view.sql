-- No JSON document is opened for it: the total and the averages come from the
-- covering index, the successes from the partial one, and launches that were
-- revised are put right by a flag that their revisions carry.
--
-- DOUBLE PRECISION and not NUMERIC: Trino's PostgreSQL connector hides
-- columns of NUMERIC without a precision. Averages of no rows are NULL.
CREATE OR REPLACE VIEW launch_aggregates_view AS
WITH launched AS (
    SELECT
        count(*) AS launches,
        avg(simulated_total_payload_mass_kg) AS mass_kg,
        avg(simulated_delay_minutes) AS delay_minutes
    FROM raw_launches
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
    launched.launches AS total_launches,
    first_payloads.successes + revised.more_successes AS total_successful_launches,
    launched.mass_kg::DOUBLE PRECISION AS average_payload_mass,
    launched.delay_minutes::DOUBLE PRECISION AS average_launch_delay_minutes
FROM launched
CROSS JOIN first_payloads
CROSS JOIN revised
