-- The page after the launch with the date $1 and the id $2.
SELECT
    id,
    name,
    launched_at,
    success,
    rocket_id
FROM launches
WHERE (launched_at, id) < ($1, $2)
    AND missing_since IS NULL
ORDER BY
    launched_at DESC NULLS LAST,
    id DESC
LIMIT 50
