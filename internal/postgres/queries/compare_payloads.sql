-- The positions in the batch, from 1, of payloads that are not stored, or for which a
-- column of the view payloads would change; and whether they are stored. LATERAL with
-- LIMIT looks up each payload in the index, as in compare_launches.sql.
SELECT
    batch.position::INTEGER,
    stored.id IS NOT NULL AS is_known
FROM unnest(
    $1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::DOUBLE PRECISION[]
) WITH ORDINALITY AS batch (id, name, type, orbit, regime, mass_kg, position)
LEFT JOIN LATERAL (
    SELECT
        id,
        raw_data,
        mass_kg
    FROM raw_payloads
    WHERE id = batch.id
    LIMIT 1
) AS stored ON TRUE
WHERE stored.id IS NULL
    OR stored.id <> batch.id COLLATE "C"
    OR liftoff_text(stored.raw_data, 'name') IS DISTINCT FROM batch.name
    OR liftoff_text(stored.raw_data, 'type') IS DISTINCT FROM batch.type
    OR liftoff_text(stored.raw_data, 'orbit') IS DISTINCT FROM batch.orbit
    OR liftoff_text(stored.raw_data, 'regime') IS DISTINCT FROM batch.regime
    OR stored.mass_kg IS DISTINCT FROM batch.mass_kg
ORDER BY batch.position
