-- One row for each launch that is new; the first values of a known launch
-- stay as they are. Times arrive as text and in UTC, so that neither the
-- session's time zone nor the driver's types can shift them.
INSERT INTO raw_launches (
    id,
    fetched_at_timestamp,
    simulated_total_payload_mass_kg,
    simulated_delay_minutes,
    raw_data
)
SELECT
    batch.id,
    batch.fetched_at::TIMESTAMP,
    batch.mass_kg,
    batch.delay_minutes,
    batch.raw_data::JSONB
FROM unnest($1::TEXT[], $2::TEXT[], $3::INTEGER[], $4::INTEGER[], $5::TEXT[])
    AS batch (id, fetched_at, mass_kg, delay_minutes, raw_data)
ORDER BY batch.id -- the same order in every process, so that two never deadlock
ON CONFLICT (id) DO NOTHING -- any other conflict is an error and no known launch
RETURNING id
