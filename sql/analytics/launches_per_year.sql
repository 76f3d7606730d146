-- title: Launches per year
-- description: Years are UTC; the year NULL is for launches without a date. The column "launches" counts past
--   launches, "upcoming" the others; "unknown" those past ones that are neither success nor failure.
--   The success rate covers known outcomes; NULL means unknown. Amos-6, which burned before its launch, is a
--   failed launch of 2016 in the SpaceX API. Missing launches are left out.
-- chart: column year successes failures unknown upcoming
-- units: launches count, successes count, failures count, unknown count, success_rate_percent %,
--   upcoming count
-- order: 40

-- date_trunc is faster than extract, which is left to the few rows of the answer.
WITH flagged AS (
    SELECT
        date_trunc('year', launched_at) AS year_start,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
    WHERE missing_since IS NULL
),
counted AS (
    SELECT
        year_start,
        count(CASE WHEN NOT is_upcoming THEN 1 END) AS launches,
        count(CASE WHEN NOT is_upcoming AND success THEN 1 END) AS successes,
        count(CASE WHEN NOT is_upcoming AND NOT success THEN 1 END) AS failures,
        count(CASE WHEN NOT is_upcoming AND success IS NULL THEN 1 END) AS unknown,
        count(CASE WHEN is_upcoming THEN 1 END) AS upcoming
    FROM flagged
    GROUP BY year_start
)
SELECT
    CAST(extract(YEAR FROM year_start) AS integer) AS year,
    launches,
    successes,
    failures,
    unknown,
    CAST(successes AS double precision) * 100 / NULLIF(successes + failures, 0) AS success_rate_percent,
    upcoming
FROM counted
ORDER BY
    year NULLS LAST
