-- The launches with the id $1, or else with a name like the pattern $2, the newest
-- first.
SELECT
    id,
    coalesce(name, '') AS name,
    launched_at,
    coalesce(date_precision, '') AS date_precision
FROM launches
WHERE id = $1
    OR (name ILIKE $2 AND NOT EXISTS (SELECT FROM launches AS exact WHERE exact.id = $1))
ORDER BY
    launched_at DESC NULLS LAST,
    id DESC
LIMIT $3
