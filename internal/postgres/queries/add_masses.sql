-- Makes the masses in typed_launches what they should be after payloads have
-- changed, as launches_from_documents says, without opening a document. It returns how
-- many were not, and with $1 how many of those because of something else than a run.
-- Most launches have one payload, which needs no adding. MATERIALIZED, so that the
-- payloads are hashed and not looked up one by one.
WITH payload AS MATERIALIZED (
    SELECT
        id,
        mass_kg
    FROM raw_payloads
),
changed AS (
    UPDATE typed_launches AS typed
    SET payload_mass_kg = added.mass_kg
    FROM (
        SELECT
            single.id,
            payload.mass_kg
        FROM typed_launches AS single
        LEFT JOIN payload ON payload.id = single.payload_ids[1]
        WHERE cardinality(single.payload_ids) = 1
            AND single.payload_mass_kg IS DISTINCT FROM payload.mass_kg
        UNION ALL
        SELECT
            several.id,
            CASE WHEN count(*) = count(payload.mass_kg) THEN sum(payload.mass_kg ORDER BY listed.id COLLATE "C") END
        FROM typed_launches AS several
        CROSS JOIN LATERAL unnest(several.payload_ids) AS listed (id)
        LEFT JOIN payload ON payload.id = listed.id
        WHERE cardinality(several.payload_ids) > 1
        GROUP BY several.id
    ) AS added
    WHERE typed.id = added.id AND typed.payload_mass_kg IS DISTINCT FROM added.mass_kg
    RETURNING typed.payload_ids
)
SELECT
    count(*) AS changed,
    count(*) FILTER (
        WHERE $1::BOOLEAN
            AND NOT EXISTS (
                SELECT
                FROM raw_payloads AS stored
                WHERE stored.id = ANY(changed.payload_ids)
                    AND stored.xmin IN (SELECT transaction_id::XID FROM typed_transactions WHERE written IS NULL)
            )
    ) AS changed_by_others
FROM changed
