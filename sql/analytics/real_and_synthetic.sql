-- title: Real and synthetic launches
-- description: The names of all launches that `liftoff replay` makes up begin with "Synthetic"; all others count as
--   real.
-- chart: numbers
-- units: real_launches count, synthetic_launches count
-- order: 25

WITH counted AS (
    SELECT
        count(*) AS launches,
        count(CASE WHEN name LIKE 'Synthetic %' THEN 1 END) AS synthetic_launches
    FROM launches
    WHERE missing_since IS NULL
)
SELECT
    launches - synthetic_launches AS real_launches,
    synthetic_launches
FROM counted
ORDER BY
    real_launches NULLS LAST
