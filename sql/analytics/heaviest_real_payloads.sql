-- title: The ten heaviest launches by their real payload masses
-- description: Sum in kg of the payload masses that the API states for a launch. A launch with a payload of unknown
--   mass is left out. Each batch of Starlink satellites has one nominal mass. Equal masses are sorted by
--   launch id.
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
    AND missing_since IS NULL
ORDER BY
    payload_mass_kg DESC NULLS LAST,
    id
LIMIT 10
