-- The payloads that the newest state of each launch lists and that are not
-- stored: of the launches $1, or of all if that is NULL; the first $2 by their
-- bytes, or all if that is 0.
SELECT referred.id
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
        WHERE $1::TEXT[] IS NULL OR r.id = ANY($1::TEXT[])
    ) AS launch
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(launch.document -> 'payloads') = 'array' THEN launch.document -> 'payloads' ELSE '[]' END
    ) AS element (value)
) AS referred
WHERE referred.id <> ''
    AND octet_length(referred.id) <= 128 -- no stored id is longer
    AND NOT EXISTS (SELECT FROM raw_payloads AS stored WHERE stored.id = referred.id)
GROUP BY referred.id
ORDER BY referred.id COLLATE "C"
LIMIT nullif($2::INTEGER, 0)
