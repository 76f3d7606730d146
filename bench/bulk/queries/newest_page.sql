-- The first page of a list: the newest 50 launches.
SELECT
    id,
    name,
    launched_at,
    success,
    rocket_id
FROM launches
WHERE launched_at IS NOT NULL
    AND missing_since IS NULL
ORDER BY
    launched_at DESC NULLS LAST,
    id DESC
LIMIT 50
