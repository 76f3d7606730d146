-- title: The ten heaviest launches by their real payload masses
-- description: Sum in kg of the payload masses that the API states for a launch. Left out are launches with a
--   payload of unknown mass, and those with Starlink in their name: all batches of these satellites have one of two
--   nominal masses. Equal masses are sorted by launch id.
-- chart: bar name real_mass_kg
-- units: payload_count count, real_mass_kg kg
-- order: 103

SELECT
    name,
    launched_at,
    payload_count,
    payload_mass_kg AS real_mass_kg
FROM launches
WHERE payload_mass_kg IS NOT NULL
    AND (name IS NULL OR name NOT LIKE '%Starlink%')
    AND missing_since IS NULL
ORDER BY
    payload_mass_kg DESC NULLS LAST,
    id
LIMIT 10
