-- What launches can be filtered by: the rockets (1) and launchpads (2) that launches name
-- and the years that their dates (UTC) have (3).
SELECT
    1 AS kind,
    named.rocket_id AS id,
    coalesce(rocket.name, '') AS name,
    0 AS year
FROM (SELECT DISTINCT rocket_id FROM launches WHERE rocket_id IS NOT NULL) AS named
LEFT JOIN rockets AS rocket ON rocket.id = named.rocket_id
UNION ALL
SELECT
    2,
    named.launchpad_id,
    coalesce(launchpad.name, ''),
    0
FROM (SELECT DISTINCT launchpad_id FROM launches WHERE launchpad_id IS NOT NULL) AS named
LEFT JOIN launchpads AS launchpad ON launchpad.id = named.launchpad_id
UNION ALL
SELECT
    3,
    '',
    '',
    named.year
FROM (SELECT DISTINCT extract(YEAR FROM launched_at)::INTEGER AS year FROM launches WHERE launched_at IS NOT NULL) AS named
ORDER BY
    kind,
    year DESC,
    name,
    id
