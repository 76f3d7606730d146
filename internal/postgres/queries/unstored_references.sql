-- The payloads, rockets and launchpads that the newest state of each launch
-- refers to and that are not stored: of the launches $1, or of all if that is
-- NULL; and whether a launch does that the source $2 may have. All kinds at once,
-- because the documents take longest to read. No stored id is longer than 128 bytes.
WITH newest AS (
    SELECT
        launch_id,
        max(revision) AS revision
    FROM launch_revisions
    WHERE $1::TEXT[] IS NULL OR launch_id = ANY($1::TEXT[])
    GROUP BY launch_id
),
launch AS MATERIALIZED (
    SELECT
        first.id,
        first.raw_data -> 'payloads' AS payloads,
        first.raw_data -> 'rocket' AS rocket,
        first.raw_data -> 'launchpad' AS launchpad
    FROM raw_launches AS first
    LEFT JOIN newest ON newest.launch_id = first.id
    WHERE newest.launch_id IS NULL
        AND ($1::TEXT[] IS NULL OR first.id = ANY($1::TEXT[]))
    UNION ALL
    SELECT
        first.id,
        revised.raw_data -> 'payloads',
        revised.raw_data -> 'rocket',
        revised.raw_data -> 'launchpad'
    FROM newest
    INNER JOIN raw_launches AS first ON first.id = newest.launch_id
    INNER JOIN launch_revisions AS revised ON revised.launch_id = newest.launch_id AND revised.revision = newest.revision
),
unstored AS (
    SELECT
        referred.launch_id,
        'payloads' AS kind,
        referred.id
    FROM (
        SELECT
            launch.id AS launch_id,
            CASE jsonb_typeof(element.value)
                WHEN 'string' THEN element.value #>> '{}'
                WHEN 'object' THEN liftoff_text(element.value, 'id')
            END AS id
        FROM launch
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE WHEN jsonb_typeof(launch.payloads) = 'array' THEN launch.payloads ELSE '[]' END
        ) AS element (value)
    ) AS referred
    LEFT JOIN raw_payloads AS stored ON stored.id = referred.id
    WHERE referred.id <> '' AND octet_length(referred.id) <= 128 AND stored.id IS NULL
    UNION ALL
    SELECT
        referred.launch_id,
        'rockets' AS kind,
        referred.id
    FROM (
        SELECT
            id AS launch_id,
            CASE jsonb_typeof(rocket)
                WHEN 'string' THEN rocket #>> '{}'
                WHEN 'object' THEN liftoff_text(rocket, 'id')
            END AS id
        FROM launch
    ) AS referred
    LEFT JOIN raw_rockets AS stored ON stored.id = referred.id
    WHERE referred.id <> '' AND octet_length(referred.id) <= 128 AND stored.id IS NULL
    UNION ALL
    SELECT
        referred.launch_id,
        'launchpads' AS kind,
        referred.id
    FROM (
        SELECT
            id AS launch_id,
            CASE jsonb_typeof(launchpad)
                WHEN 'string' THEN launchpad #>> '{}'
                WHEN 'object' THEN liftoff_text(launchpad, 'id')
            END AS id
        FROM launch
    ) AS referred
    LEFT JOIN raw_launchpads AS stored ON stored.id = referred.id
    WHERE referred.id <> '' AND octet_length(referred.id) <= 128 AND stored.id IS NULL
)
SELECT
    unstored.kind,
    unstored.id,
    -- A launch that no run has seen yet may be anybody's.
    bool_or(source.url IS NULL OR source.url = $2) AS is_own
FROM unstored
LEFT JOIN known_launches AS known ON known.id = unstored.launch_id
LEFT JOIN ingestion_sources AS source ON source.id = known.source_id
GROUP BY
    unstored.kind,
    unstored.id
ORDER BY
    unstored.kind,
    unstored.id COLLATE "C"
