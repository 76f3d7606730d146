-- The positions in the batch, from 1, of launches that are not known, whose
-- newest known bytes are others, or that were gone and are back. LATERAL with
-- LIMIT asks the index for each launch: reading all of known_launches would
-- look cheaper to the planner and is not.
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
WHERE known.newest_sha256 IS DISTINCT FROM batch.sha256
    OR known.missing_since IS NOT NULL
ORDER BY batch.position
