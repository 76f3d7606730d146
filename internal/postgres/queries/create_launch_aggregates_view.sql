-- DOUBLE PRECISION and not NUMERIC: Trino's PostgreSQL connector hides
-- columns of NUMERIC without a precision. Averages of no rows are NULL.
CREATE OR REPLACE VIEW launch_aggregates_view AS
SELECT
    count(*) AS total_launches,
    count(*) FILTER (WHERE raw_data @> '{"success": true}') AS total_successful_launches,
    avg(simulated_total_payload_mass_kg)::DOUBLE PRECISION AS average_payload_mass,
    avg(simulated_delay_minutes)::DOUBLE PRECISION AS average_launch_delay_minutes
FROM raw_launches
