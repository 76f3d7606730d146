-- title: Launches per year
-- description: Years are UTC; the year NULL is for launches without a date. The column "launches" counts past
--   launches, "upcoming" the others. Launches that are neither success nor failure have no known outcome.
--   The success rate covers known outcomes; NULL means unknown. Amos-6, which burned before its launch, is a
--   failed launch of 2016 in the SpaceX API.
-- chart: bar year launches
-- order: 40

WITH flagged AS (
    SELECT
        CAST(extract(YEAR FROM launched_at) AS integer) AS year,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
    WHERE missing_since IS NULL
),
counted AS (
    SELECT
        year,
        count(CASE WHEN NOT is_upcoming THEN 1 END) AS launches,
        count(CASE WHEN NOT is_upcoming AND success THEN 1 END) AS successes,
        count(CASE WHEN NOT is_upcoming AND NOT success THEN 1 END) AS failures,
        count(CASE WHEN is_upcoming THEN 1 END) AS upcoming
    FROM flagged
    GROUP BY year
)
SELECT
    year,
    launches,
    successes,
    failures,
    CAST(successes AS double precision) * 100 / NULLIF(successes + failures, 0) AS success_rate_percent,
    upcoming
FROM counted
ORDER BY
    year NULLS LAST
