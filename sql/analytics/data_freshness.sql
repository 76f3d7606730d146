-- title: How fresh the data is
-- description: The newest launch that has flown, its age in whole days (UTC), and the last time a launch was
--   stored. The API has been frozen since 2022, so the age keeps growing. NULL if nothing is stored.
-- chart: none
-- units: age_days days
-- order: 20

-- COALESCE would keep Trino from leaving the filter to PostgreSQL.
WITH newest AS (
    SELECT
        id,
        name,
        launched_at
    FROM launches
    WHERE (upcoming IS NULL OR NOT upcoming)
        AND launched_at IS NOT NULL
        AND missing_since IS NULL
    ORDER BY
        launched_at DESC,
        id
    LIMIT 1
),
fetched AS (
    SELECT max(fetched_at_timestamp) AS newest_fetched_at
    FROM launches
    WHERE missing_since IS NULL
        -- Without infinity, which another program may have stored.
        AND fetched_at_timestamp < TIMESTAMP '9999-12-31 00:00:00'
)
SELECT
    newest.name AS newest_launch,
    newest.launched_at,
    CAST(
        extract(DAY FROM CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS timestamp) - newest.launched_at)
        AS integer
    ) AS age_days,
    fetched.newest_fetched_at
FROM fetched
LEFT JOIN newest ON TRUE
ORDER BY newest.id NULLS LAST
