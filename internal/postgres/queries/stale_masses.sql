-- How many launches have another mass in typed_launches than add_masses.sql would
-- give them: because of something else than a run, and because a run that is under way,
-- or was stopped, has stored one of their payloads and not added the masses yet.
WITH payload AS MATERIALIZED (
    SELECT
        id,
        mass_kg,
        xmin IN (SELECT transaction_id::XID FROM typed_transactions WHERE written IS NULL) AS is_of_run
    FROM raw_payloads
)
SELECT
    count(*) FILTER (WHERE NOT is_of_run) AS foreign_masses,
    count(*) FILTER (WHERE is_of_run) AS masses_of_runs
FROM (
    SELECT coalesce(bool_or(payload.is_of_run), FALSE) AS is_of_run
    FROM typed_launches AS typed
    CROSS JOIN LATERAL unnest(typed.payload_ids) AS listed (id)
    LEFT JOIN payload ON payload.id = listed.id
    GROUP BY
        typed.id,
        typed.payload_mass_kg
    HAVING typed.payload_mass_kg IS DISTINCT FROM
        CASE WHEN count(*) = count(payload.mass_kg) THEN sum(payload.mass_kg ORDER BY listed.id COLLATE "C") END
) AS stale
