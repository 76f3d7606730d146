-- The same as export_launches.sql, with each launch's newest document, unless
-- that is longer than $1 bytes as text. OFFSET 0 keeps the documents out of the
-- sort: they are looked up afterwards, one by one. A document of up to 8,000
-- bytes that is not compressed cannot unfold to more than 96 MiB, so its numbers
-- are not looked at.
SELECT
    sorted.*,
    CASE WHEN NOT newest.is_too_long THEN newest.document END AS raw_data,
    newest.is_too_long
FROM (
    SELECT l.*
    FROM launches AS l
    ORDER BY l.id COLLATE "C"
    OFFSET 0
) AS sorted
CROSS JOIN LATERAL (
    SELECT
        chosen.document,
        coalesce(
            CASE
                WHEN pg_column_size(chosen.document) > 8000 OR pg_column_compression(chosen.document) IS NOT NULL
                    THEN liftoff_text_length(chosen.document) > $1
            END,
            FALSE
        ) AS is_too_long
    FROM (
        SELECT
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
            ) AS document
        OFFSET 0
    ) AS chosen
    OFFSET 0
) AS newest
