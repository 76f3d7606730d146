-- title: Days between launches, per year
-- description: Calendar days (UTC) from one past launch to the next, in the year of the later one. A pair counts only
--   if both dates are exact to the day or hour; a year without such a pair is not listed.
-- chart: column year average_days
-- units: gaps count, average_days days, shortest_days days, longest_days days
-- order: 80

-- COALESCE would keep Trino from leaving the filter to PostgreSQL. NULL stands
-- for a day that is not exact.
WITH flown AS (
    SELECT
        id,
        launched_at,
        CASE WHEN date_precision IN ('day', 'hour') THEN date_trunc('day', launched_at) END AS exact_day
    FROM launches
    WHERE (upcoming IS NULL OR NOT upcoming)
        AND launched_at IS NOT NULL
        AND missing_since IS NULL
),
neighbours AS (
    SELECT
        exact_day,
        lag(exact_day) OVER (ORDER BY launched_at, id) AS previous_day
    FROM flown
),
-- Many launches have the same two days. They are counted first because the year
-- and the difference of two days are slow to compute.
pairs AS (
    SELECT
        exact_day,
        previous_day,
        count(*) AS gaps
    FROM neighbours
    WHERE exact_day IS NOT NULL
        AND previous_day IS NOT NULL
    GROUP BY
        exact_day,
        previous_day
),
measured AS (
    SELECT
        CAST(extract(YEAR FROM exact_day) AS integer) AS year,
        CAST(extract(DAY FROM exact_day - previous_day) AS integer) AS days,
        gaps
    FROM pairs
)
SELECT
    year,
    CAST(sum(gaps) AS bigint) AS gaps,
    CAST(sum(days * gaps) AS double precision) / CAST(sum(gaps) AS double precision) AS average_days,
    min(days) AS shortest_days,
    max(days) AS longest_days
FROM measured
GROUP BY year
ORDER BY year NULLS LAST
