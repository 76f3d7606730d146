-- Launches that the source no longer has are left out. typed_launches is narrow, so
-- reading all of it takes a fraction of what the documents would.
--
-- DOUBLE PRECISION and not NUMERIC: Trino's PostgreSQL connector hides
-- columns of NUMERIC without a precision. Averages of no rows are NULL.
CREATE OR REPLACE VIEW launch_aggregates_view AS
SELECT
    count(*) AS total_launches,
    count(*) FILTER (WHERE success) AS total_successful_launches,
    avg(simulated_total_payload_mass_kg)::DOUBLE PRECISION AS average_payload_mass,
    avg(simulated_delay_minutes)::DOUBLE PRECISION AS average_launch_delay_minutes
FROM typed_launches
WHERE missing_since IS NULL
