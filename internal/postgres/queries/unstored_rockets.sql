-- The rockets that the newest state of each launch refers to and that are not
-- stored: of the launches $1, or of all if that is NULL; the first $2 by their
-- bytes, or all if that is 0.
SELECT referred.id
FROM (
    SELECT
        CASE jsonb_typeof(launch.document -> 'rocket')
            WHEN 'string' THEN launch.document ->> 'rocket'
            WHEN 'object' THEN liftoff_text(launch.document -> 'rocket', 'id')
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
) AS referred
WHERE referred.id <> ''
    AND octet_length(referred.id) <= 128 -- no stored id is longer
    AND NOT EXISTS (SELECT FROM raw_rockets AS stored WHERE stored.id = referred.id)
GROUP BY referred.id
ORDER BY referred.id COLLATE "C"
LIMIT nullif($2::INTEGER, 0)
