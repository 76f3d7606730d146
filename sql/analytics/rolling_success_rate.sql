-- title: Success rate of the last 20 launches, at the end of each year
-- description: The rate covers the 20 latest past launches with a known outcome and date, up to the last one of the
--   year. The first years have fewer than 20: launches_counted says how many. Launches without a known
--   outcome are left out. Amos-6, which burned before its launch, is a failed launch in the SpaceX API.
-- chart: line year success_rate_percent
-- order: 70

-- COALESCE would keep Trino from leaving the filter to PostgreSQL.
WITH outcomes AS (
    SELECT
        id,
        launched_at,
        CAST(extract(YEAR FROM launched_at) AS integer) AS year,
        success
    FROM launches
    WHERE (upcoming IS NULL OR NOT upcoming)
        AND success IS NOT NULL
        AND launched_at IS NOT NULL
        AND missing_since IS NULL
),
rolling AS (
    SELECT
        year,
        count(*) OVER last_20 AS launches_counted,
        count(CASE WHEN success THEN 1 END) OVER last_20 AS successes,
        row_number() OVER (PARTITION BY year ORDER BY launched_at DESC, id DESC) AS place_from_year_end
    FROM outcomes
    WINDOW last_20 AS (ORDER BY launched_at, id ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
)
SELECT
    year,
    launches_counted,
    CAST(successes AS double precision) * 100 / launches_counted AS success_rate_percent
FROM rolling
WHERE place_from_year_end = 1
ORDER BY year NULLS LAST
