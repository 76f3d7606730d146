-- What launches can be filtered by: the rockets (1) and launchpads (2) that launches name
-- and the years that their dates (UTC) have (3), at most 500 or so of each. Each step
-- looks up the next one in an index of index_typed_launches.sql. Ids that are not in an
-- index because they are very long are left out.
WITH RECURSIVE launch AS NOT MATERIALIZED (
    SELECT
        rocket_id,
        launchpad_id,
        launched_at,
        CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END AS outcome
    FROM launches
),
named_rocket (outcome, id) AS (
    SELECT
        each.outcome,
        (
            SELECT rocket_id
            FROM launch
            WHERE launch.outcome = each.outcome AND octet_length(rocket_id) <= 128
            ORDER BY rocket_id
            LIMIT 1
        )
    FROM generate_series(0, 3) AS each (outcome)
    UNION ALL
    SELECT
        known.outcome,
        (
            SELECT rocket_id
            FROM launch
            WHERE launch.outcome = known.outcome AND octet_length(rocket_id) <= 128 AND rocket_id > known.id
            ORDER BY rocket_id
            LIMIT 1
        )
    FROM named_rocket AS known
    WHERE known.id IS NOT NULL
),
named_launchpad (outcome, id) AS (
    SELECT
        each.outcome,
        (
            SELECT launchpad_id
            FROM launch
            WHERE launch.outcome = each.outcome AND octet_length(launchpad_id) <= 128
            ORDER BY launchpad_id
            LIMIT 1
        )
    FROM generate_series(0, 3) AS each (outcome)
    UNION ALL
    SELECT
        known.outcome,
        (
            SELECT launchpad_id
            FROM launch
            WHERE launch.outcome = known.outcome AND octet_length(launchpad_id) <= 128 AND launchpad_id > known.id
            ORDER BY launchpad_id
            LIMIT 1
        )
    FROM named_launchpad AS known
    WHERE known.id IS NOT NULL
),
newest_in_year (launched_at) AS (
    (
        SELECT launched_at
        FROM launch
        WHERE launched_at IS NOT NULL
        ORDER BY launched_at DESC NULLS LAST
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT launched_at
        FROM launch
        WHERE launched_at < date_trunc('year', known.launched_at)
        ORDER BY launched_at DESC NULLS LAST
        LIMIT 1
    )
    FROM newest_in_year AS known
    WHERE known.launched_at IS NOT NULL
)
SELECT
    1 AS kind,
    named.id,
    coalesce(rocket.name, '') AS name,
    0 AS year
FROM (SELECT DISTINCT id FROM (SELECT id FROM named_rocket LIMIT 2000) AS few WHERE id IS NOT NULL) AS named
LEFT JOIN rockets AS rocket ON rocket.id = named.id
UNION ALL
SELECT
    2,
    named.id,
    coalesce(launchpad.name, ''),
    0
FROM (SELECT DISTINCT id FROM (SELECT id FROM named_launchpad LIMIT 2000) AS few WHERE id IS NOT NULL) AS named
LEFT JOIN launchpads AS launchpad ON launchpad.id = named.id
UNION ALL
SELECT
    3,
    '',
    '',
    extract(YEAR FROM few.launched_at)::INTEGER
FROM (SELECT launched_at FROM newest_in_year LIMIT 500) AS few
WHERE few.launched_at IS NOT NULL
ORDER BY
    kind,
    year DESC,
    name,
    id
