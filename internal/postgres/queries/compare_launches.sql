-- The positions in the batch, from 1, of launches that are not known, whose
-- newest known bytes are others, that were gone and are back, or whose row
-- somebody has deleted. LATERAL with LIMIT asks the indexes for each launch:
-- reading whole tables would look cheaper to the planner and is not.
SELECT batch.position::INTEGER
FROM unnest($1::TEXT[], $2::BYTEA[]) WITH ORDINALITY AS batch (id, sha256, position)
LEFT JOIN LATERAL (
    SELECT
        newest_sha256,
        missing_since
    FROM known_launches
    WHERE id = batch.id
    LIMIT 1
) AS known ON TRUE
LEFT JOIN LATERAL (
    SELECT TRUE AS is_there
    FROM raw_launches
    WHERE id = batch.id
    LIMIT 1
) AS stored ON TRUE
WHERE known.newest_sha256 IS DISTINCT FROM batch.sha256
    OR known.missing_since IS NOT NULL
    OR stored.is_there IS NULL
ORDER BY batch.position
