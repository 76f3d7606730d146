-- title: Success rate of the last 20 launches, at the end of each year
-- description: The rate covers the 20 latest past launches with a known outcome and date, up to the last one of the
--   year. The first years have fewer than 20: launches_counted says how many. Launches without a known
--   outcome are left out. Amos-6, which burned before its launch, is a failed launch in the SpaceX API.
-- chart: line year success_rate_percent hollow launches_counted 20
-- units: launches_counted count, success_rate_percent %
-- order: 70

-- COALESCE would keep Trino from leaving the filter to PostgreSQL. date_trunc is
-- faster than extract, which is left to the few rows of the answer.
WITH outcomes AS (
    SELECT
        id,
        launched_at,
        date_trunc('year', launched_at) AS year_start,
        success
    FROM launches
    WHERE (upcoming IS NULL OR NOT upcoming)
        AND success IS NOT NULL
        AND launched_at IS NOT NULL
        AND missing_since IS NULL
),
rolling AS (
    SELECT
        year_start,
        lead(year_start) OVER by_date AS next_year_start,
        count(*) OVER last_20 AS launches_counted,
        count(CASE WHEN success THEN 1 END) OVER last_20 AS successes
    FROM outcomes
    -- Both have one order, so that the launches are sorted once.
    WINDOW
        by_date AS (ORDER BY launched_at, id),
        last_20 AS (ORDER BY launched_at, id ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
)
SELECT
    CAST(extract(YEAR FROM year_start) AS integer) AS year,
    launches_counted,
    CAST(successes AS double precision) * 100 / launches_counted AS success_rate_percent
FROM rolling
-- The last launch of its year is followed by one of another year or by none.
WHERE next_year_start <> year_start
    OR next_year_start IS NULL
ORDER BY year NULLS LAST
