-- title: All launches in one line (masses and delays are simulated)
-- description: The contents of launch_aggregates_view. The averages cover payload mass in kg and delay in minutes,
--   both simulated; NULL if there are no launches. Missing launches, which the API no longer has, are
--   left out, here and in all other queries.
-- chart: numbers
-- units: total_launches count, total_successful_launches count, average_payload_mass kg,
--   average_launch_delay_minutes minutes
-- simulated: average_payload_mass, average_launch_delay_minutes
-- order: 10

SELECT
    total_launches,
    total_successful_launches,
    average_payload_mass,
    average_launch_delay_minutes
FROM launch_aggregates_view
ORDER BY
    total_launches NULLS LAST,
    total_successful_launches NULLS LAST
