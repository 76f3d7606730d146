-- title: Days between launches, per year
-- description: Calendar days (UTC) from one past launch to the next, in the year of the later one. A pair counts only
--   if both dates are exact to the day or hour; a year without such a pair is not listed.
-- chart: bar year average_days
-- order: 80

-- COALESCE would keep Trino from leaving the filter to PostgreSQL.
WITH flown AS (
    SELECT
        id,
        launched_at,
        date_trunc('day', launched_at) AS launch_day,
        date_precision IN ('day', 'hour') AS is_exact
    FROM launches
    WHERE (upcoming IS NULL OR NOT upcoming)
        AND launched_at IS NOT NULL
        AND missing_since IS NULL
),
neighbours AS (
    SELECT
        launch_day,
        is_exact,
        lag(launch_day) OVER by_date AS previous_day,
        lag(is_exact) OVER by_date AS previous_is_exact
    FROM flown
    WINDOW by_date AS (ORDER BY launched_at, id)
),
gaps AS (
    SELECT
        CAST(extract(YEAR FROM launch_day) AS integer) AS year,
        CAST(extract(DAY FROM launch_day - previous_day) AS integer) AS days
    FROM neighbours
    WHERE is_exact
        AND previous_is_exact
)
SELECT
    year,
    count(*) AS gaps,
    avg(CAST(days AS double precision)) AS average_days,
    min(days) AS shortest_days,
    max(days) AS longest_days
FROM gaps
GROUP BY year
ORDER BY year NULLS LAST
