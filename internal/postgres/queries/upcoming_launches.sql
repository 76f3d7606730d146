-- Launches that had not flown yet when they were last seen, without those of
-- other sources than $1, whose ids mean nothing to it.
SELECT launch.id
FROM launches AS launch
WHERE launch.upcoming
    AND NOT EXISTS (
        SELECT
        FROM known_launches AS known
        INNER JOIN ingestion_sources AS source ON source.id = known.source_id
        WHERE known.id = launch.id AND source.url <> $1
    )
ORDER BY launch.id
LIMIT $2
