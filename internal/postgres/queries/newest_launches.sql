-- The newest ids, at most $2, of the launches that the source $1 had when it was last
-- read.
SELECT known.id
FROM known_launches AS known
INNER JOIN ingestion_sources AS source ON source.id = known.source_id
WHERE known.missing_since IS NULL
    AND source.url = $1
ORDER BY known.id DESC
LIMIT $2
