-- What must be 0 when a run has read all of a source: how the newest state of
-- each launch differs from the temporary table source.
WITH newest AS (
    SELECT
        raw.id,
        coalesce(revision.raw_data, raw.raw_data) AS raw_data
    FROM raw_launches AS raw
    LEFT JOIN LATERAL (
        SELECT raw_data
        FROM launch_revisions
        WHERE launch_id = raw.id
        ORDER BY revision DESC
        LIMIT 1
    ) AS revision ON TRUE
)
SELECT
    'launches of the source that are lost',
    (SELECT count(*) FROM source LEFT JOIN newest USING (id) WHERE newest.id IS NULL)
UNION ALL
SELECT
    'launches that the source does not have and that are not called missing',
    (
        SELECT count(*)
        FROM newest
        JOIN known_launches USING (id)
        LEFT JOIN source USING (id)
        WHERE source.id IS NULL AND missing_since IS NULL
    )
UNION ALL
SELECT
    'launches with another content than the source has',
    (SELECT count(*) FROM source JOIN newest USING (id) WHERE newest.raw_data <> source.raw_data)
UNION ALL
SELECT
    'launches with other bytes than the source has',
    (SELECT count(*) FROM source JOIN known_launches USING (id) WHERE newest_sha256 <> sha256)
UNION ALL
SELECT
    'launches that are called missing and are not',
    (SELECT count(*) FROM source JOIN known_launches USING (id) WHERE missing_since IS NOT NULL)
UNION ALL
SELECT
    'parts that are still to be fetched',
    (SELECT count(*) FROM ingestion_missed_ranges)
