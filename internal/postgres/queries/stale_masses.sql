-- How many launches have another mass in typed_launches than add_masses.sql would
-- give them.
SELECT count(*)
FROM (
    SELECT
    FROM typed_launches AS typed
    CROSS JOIN LATERAL unnest(typed.payload_ids) AS listed (id)
    LEFT JOIN raw_payloads AS payload ON payload.id = listed.id
    GROUP BY
        typed.id,
        typed.payload_mass_kg
    HAVING typed.payload_mass_kg IS DISTINCT FROM
        CASE WHEN count(*) = count(payload.mass_kg) THEN sum(payload.mass_kg ORDER BY listed.id COLLATE "C") END
) AS stale
