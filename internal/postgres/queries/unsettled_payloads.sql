-- Payloads that are likely to change: those of launches that are upcoming, then
-- those that are stored without a mass; of each the newest ids first, at most $1.
WITH newest AS (
    SELECT
        launch_id,
        max(revision) AS revision
    FROM launch_revisions
    GROUP BY launch_id
),
upcoming AS (
    SELECT first.raw_data -> 'payloads' AS payloads
    FROM raw_launches AS first
    LEFT JOIN newest ON newest.launch_id = first.id
    WHERE newest.launch_id IS NULL AND first.raw_data @> '{"upcoming": true}'
    UNION ALL
    SELECT revised.raw_data -> 'payloads'
    FROM newest
    INNER JOIN raw_launches AS first ON first.id = newest.launch_id
    INNER JOIN launch_revisions AS revised ON revised.launch_id = newest.launch_id AND revised.revision = newest.revision
    WHERE revised.raw_data @> '{"upcoming": true}'
),
unsettled AS (
    SELECT
        CASE jsonb_typeof(element.value)
            WHEN 'string' THEN element.value #>> '{}'
            WHEN 'object' THEN liftoff_text(element.value, 'id')
        END AS id,
        TRUE AS is_upcoming
    FROM upcoming
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(upcoming.payloads) = 'array' THEN upcoming.payloads ELSE '[]' END
    ) AS element (value)
    UNION ALL
    SELECT
        id,
        FALSE
    FROM raw_payloads
    WHERE mass_kg IS NULL
)
SELECT id
FROM unsettled
WHERE id <> '' AND octet_length(id) <= 128 -- no stored id is longer
GROUP BY id
ORDER BY
    bool_or(is_upcoming) DESC,
    id COLLATE "C" DESC
LIMIT $1
