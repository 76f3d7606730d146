-- The positions in the batch, from 1, of launches that are not known, whose
-- newest known bytes are others, or that were gone and are back.
SELECT batch.position::INTEGER
FROM unnest($1::TEXT[], $2::BYTEA[]) WITH ORDINALITY AS batch (id, sha256, position)
LEFT JOIN known_launches AS known ON known.id = batch.id
WHERE known.newest_sha256 IS DISTINCT FROM batch.sha256
    OR known.missing_since IS NOT NULL
ORDER BY batch.position
