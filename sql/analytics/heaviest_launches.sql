-- title: The ten heaviest launches (simulated masses)
-- description: Simulated total payload mass in kg, 2,000 to 6,000 for each payload: many payloads make a heavy
--   launch. real_mass_kg is NULL if the mass of any payload is unknown. Equal masses are sorted by launch id.
-- chart: bar name simulated_mass_kg
-- units: payload_count count, simulated_mass_kg kg, real_mass_kg kg
-- simulated: simulated_mass_kg
-- order: 100

SELECT
    name,
    simulated_total_payload_mass_kg AS simulated_mass_kg,
    payload_mass_kg AS real_mass_kg,
    payload_count,
    launched_at
FROM launches
WHERE simulated_total_payload_mass_kg IS NOT NULL
    AND missing_since IS NULL
ORDER BY
    simulated_total_payload_mass_kg DESC NULLS LAST,
    id
LIMIT 10
