-- The payloads that the newest state of each of some launches lists, stored or
-- not.
SELECT DISTINCT listed.id
FROM (
    SELECT
        CASE jsonb_typeof(element.value)
            WHEN 'string' THEN element.value #>> '{}'
            WHEN 'object' THEN liftoff_text(element.value, 'id')
        END AS id
    FROM (
        SELECT coalesce(newest.raw_data, r.raw_data) AS document
        FROM raw_launches AS r
        -- LATERAL: for a few launches of many, only their revisions are read.
        LEFT JOIN LATERAL (
            SELECT revision.raw_data
            FROM launch_revisions AS revision
            WHERE revision.launch_id = r.id
            ORDER BY revision.revision DESC
            LIMIT 1
        ) AS newest ON TRUE
        WHERE r.id = ANY($1::TEXT[])
    ) AS launch
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(launch.document -> 'payloads') = 'array' THEN launch.document -> 'payloads' ELSE '[]' END
    ) AS element (value)
) AS listed
WHERE listed.id <> ''
    AND octet_length(listed.id) <= 128 -- no stored id is longer
