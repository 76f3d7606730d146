-- The newest 50 launches with $1 in their name.
SELECT
    id,
    name,
    launched_at,
    success,
    rocket_id
FROM launches
WHERE name ILIKE '%' || $1 || '%'
    AND launched_at IS NOT NULL
    AND missing_since IS NULL
ORDER BY
    launched_at DESC NULLS LAST,
    id DESC
LIMIT 50
