-- Whether a launch with an id from $1 to $2 is known, and one after $3 and up to $4
-- ('' for the end). Ids are compared by their bytes, here as in the program. ORDER BY
-- has the planner take the index.
WITH among AS (
    SELECT (SELECT id FROM known_launches WHERE id >= $1 ORDER BY id LIMIT 1) AS first_id
),
in_range AS (
    SELECT (SELECT id FROM known_launches WHERE id > $3 ORDER BY id LIMIT 1) AS first_id
)
SELECT
    among.first_id IS NOT NULL AND among.first_id <= $2 AS is_among,
    in_range.first_id IS NOT NULL AND ($4::TEXT = '' OR in_range.first_id <= $4) AS is_in_range
FROM among
CROSS JOIN in_range
