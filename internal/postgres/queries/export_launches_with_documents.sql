-- The same as export_launches.sql, with each launch's newest document. OFFSET 0
-- keeps the documents out of the sort: they are looked up afterwards, one by one.
SELECT
    sorted.*,
    coalesce(
        (
            SELECT revision.raw_data
            FROM launch_revisions AS revision
            WHERE revision.launch_id = sorted.id
            ORDER BY revision.revision DESC
            LIMIT 1
        ),
        (
            SELECT first.raw_data
            FROM raw_launches AS first
            WHERE first.id = sorted.id
        )
    ) AS raw_data
FROM (
    SELECT l.*
    FROM launches AS l
    ORDER BY l.id COLLATE "C"
    OFFSET 0
) AS sorted
