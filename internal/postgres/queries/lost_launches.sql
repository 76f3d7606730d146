-- Launches whose newest known state is not the newest stored one: the row in
-- raw_launches or the newest revision was deleted by hand, or there is a later
-- revision that no run has stored. Those of the source $1, or with '' of all
-- sources; the first $2 by their ids. No run can bring back one that its source
-- no longer has.
SELECT known.id
FROM (
    SELECT id
    FROM known_launches AS candidate
    WHERE NOT EXISTS (SELECT FROM raw_launches AS first WHERE first.id = candidate.id)
    UNION
    SELECT candidate.id
    FROM known_launches AS candidate
    LEFT JOIN (
        SELECT
            launch_id,
            max(revision) AS revision
        FROM launch_revisions
        GROUP BY launch_id
    ) AS newest ON newest.launch_id = candidate.id
    WHERE candidate.newest_revision <> coalesce(newest.revision, 1)
) AS lost
INNER JOIN known_launches AS known ON known.id = lost.id
LEFT JOIN ingestion_sources AS source ON source.id = known.source_id
WHERE known.missing_since IS NULL
    AND ($1 = '' OR source.url = $1)
ORDER BY known.id
LIMIT $2
