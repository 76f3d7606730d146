-- The date and the id of the launch at the place $1, from the newest one on.
SELECT
    launched_at,
    id
FROM launches
WHERE launched_at IS NOT NULL
    AND missing_since IS NULL
ORDER BY
    launched_at DESC NULLS LAST,
    id DESC
OFFSET $1
LIMIT 1
