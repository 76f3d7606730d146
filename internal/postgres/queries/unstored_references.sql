-- The payloads, rockets and launchpads that the newest state of each launch
-- refers to and that are not stored: of the launches $1, or of all if that is
-- NULL; and whether a launch does that the source $2 may have. No stored id is
-- longer than 128 bytes.
WITH launch AS MATERIALIZED (
    SELECT
        id,
        payload_ids,
        rocket_id,
        launchpad_id
    FROM typed_launches
    WHERE $1::TEXT[] IS NULL OR id = ANY($1::TEXT[])
),
referred AS (
    SELECT
        launch.id AS launch_id,
        'payloads' AS kind,
        listed.id
    FROM launch
    CROSS JOIN LATERAL unnest(launch.payload_ids) AS listed (id)
    LEFT JOIN raw_payloads AS stored ON stored.id = listed.id
    WHERE stored.id IS NULL
    UNION ALL
    SELECT
        launch.id,
        'rockets',
        launch.rocket_id
    FROM launch
    LEFT JOIN raw_rockets AS stored ON stored.id = launch.rocket_id
    WHERE stored.id IS NULL
    UNION ALL
    SELECT
        launch.id,
        'launchpads',
        launch.launchpad_id
    FROM launch
    LEFT JOIN raw_launchpads AS stored ON stored.id = launch.launchpad_id
    WHERE stored.id IS NULL
)
SELECT
    referred.kind,
    referred.id,
    -- A launch that no run has seen yet may be anybody's.
    bool_or(source.url IS NULL OR source.url = $2) AS is_own
FROM referred
LEFT JOIN known_launches AS known ON known.id = referred.launch_id
LEFT JOIN ingestion_sources AS source ON source.id = known.source_id
WHERE referred.id <> ''
    AND octet_length(referred.id) <= 128
    -- An object whose id is a number, which the view shows, names none.
    AND (referred.kind = 'payloads' OR referred.id !~ '^-?[0-9]{1,18}$')
GROUP BY
    referred.kind,
    referred.id
ORDER BY
    referred.kind,
    referred.id COLLATE "C"
