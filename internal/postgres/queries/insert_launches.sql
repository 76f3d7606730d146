-- One row for each launch that is new; the first values of a launch that is
-- stored stay unchanged. Every process stages its launches in the order of ids,
-- so that two never wait for each other.
INSERT INTO raw_launches (
    id,
    fetched_at_timestamp,
    simulated_total_payload_mass_kg,
    simulated_delay_minutes,
    raw_data
)
SELECT
    id,
    fetched_at,
    mass_kg,
    delay_minutes,
    raw_data
FROM staged_launches
ON CONFLICT (id) DO NOTHING -- any other conflict is an error
RETURNING id
