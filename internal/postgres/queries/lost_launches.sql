-- Launches whose newest known state is not stored: the row in raw_launches or
-- the newest revision was deleted by hand. Those of the source $1, or with '' of
-- all sources; the first $2 by their ids. No run can bring back one that its
-- source no longer has.
SELECT known.id
FROM (
    SELECT id
    FROM known_launches AS candidate
    WHERE NOT EXISTS (SELECT FROM raw_launches AS first WHERE first.id = candidate.id)
    UNION
    SELECT id
    FROM known_launches AS candidate
    WHERE newest_revision > 1
        AND NOT EXISTS (
            SELECT
            FROM launch_revisions AS newest
            WHERE newest.launch_id = candidate.id AND newest.revision = candidate.newest_revision
        )
) AS lost
INNER JOIN known_launches AS known ON known.id = lost.id
LEFT JOIN ingestion_sources AS source ON source.id = known.source_id
WHERE known.missing_since IS NULL
    AND ($1 = '' OR source.url = $1)
ORDER BY known.id
LIMIT $2
