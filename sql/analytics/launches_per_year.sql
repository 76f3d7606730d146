-- title: Launches per year
-- description: Years are UTC; NULL gathers launches without a date. The column "launches" holds past ones; upcoming
--   ones are counted apart. The success rate is over known outcomes (NULL when there is none); launches
--   less successes and failures are of unknown outcome.
-- chart: bar year launches
-- order: 40

WITH flagged AS (
    SELECT
        CAST(extract(YEAR FROM launched_at) AS integer) AS year,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
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
