-- title: Launches by delay (simulated)
-- description: Simulated launch delay in minutes, 0 to 120, in steps of 15. share_percent is the share of all
--   launches, NULL if there are none. Missing launches are left out.
-- chart: histogram delay_minutes launches
-- units: delay_minutes minutes, launches count, share_percent %
-- simulated: delay_minutes
-- order: 120

-- The plain GROUP BY comes first so that Trino leaves it to PostgreSQL; a join
-- by equal bucket numbers would lead it to filter in between.
WITH buckets AS (
    SELECT
        bucket,
        delay_minutes,
        lowest,
        highest
    FROM (
        VALUES
            (0, '0 to 14', -2147483648, 14),
            (1, '15 to 29', 15, 29),
            (2, '30 to 44', 30, 44),
            (3, '45 to 59', 45, 59),
            (4, '60 to 74', 60, 74),
            (5, '75 to 89', 75, 89),
            (6, '90 to 104', 90, 104),
            (7, '105 to 119', 105, 119),
            (8, '120 and more', 120, 2147483647),
            (9, 'not stated', NULL, NULL)
    ) AS bucket_list (bucket, delay_minutes, lowest, highest)
),
grouped AS (
    SELECT
        simulated_delay_minutes,
        count(*) AS launches
    FROM launches
    WHERE missing_since IS NULL
    GROUP BY simulated_delay_minutes
),
counted AS (
    SELECT
        buckets.bucket,
        buckets.delay_minutes,
        CAST(COALESCE(sum(grouped.launches), 0) AS bigint) AS launches
    FROM buckets
    LEFT JOIN grouped
        ON grouped.simulated_delay_minutes BETWEEN buckets.lowest AND buckets.highest
        OR (grouped.simulated_delay_minutes IS NULL AND buckets.lowest IS NULL)
    GROUP BY
        buckets.bucket,
        buckets.delay_minutes
)
SELECT
    delay_minutes,
    launches,
    CAST(launches AS double precision) * 100
        / NULLIF(CAST(sum(launches) OVER () AS double precision), 0) AS share_percent
FROM counted
WHERE bucket BETWEEN 0 AND 8
    OR launches > 0
ORDER BY bucket NULLS LAST
