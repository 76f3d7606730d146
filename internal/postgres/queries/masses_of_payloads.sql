-- The masses of the payloads $1 that are stored and have one.
SELECT
    id,
    mass_kg
FROM raw_payloads
WHERE id = ANY($1::TEXT[]) AND mass_kg IS NOT NULL
