SELECT
    total_launches,
    total_successful_launches,
    average_payload_mass,
    average_launch_delay_minutes
FROM launch_aggregates_view
