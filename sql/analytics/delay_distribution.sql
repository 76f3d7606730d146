-- title: Launches by delay (simulated)
-- description: Simulated launch delay in minutes, 0 to 120, in steps of 15. share_percent is of all launches, NULL
--   when there is none.
-- chart: bar delay_minutes launches
-- order: 120

WITH buckets AS (
    SELECT
        bucket,
        delay_minutes
    FROM (
        VALUES
            (0, '0 to 14'),
            (1, '15 to 29'),
            (2, '30 to 44'),
            (3, '45 to 59'),
            (4, '60 to 74'),
            (5, '75 to 89'),
            (6, '90 to 104'),
            (7, '105 to 119'),
            (8, '120 and more'),
            (9, 'not stated')
    ) AS bucket_list (bucket, delay_minutes)
),
placed AS (
    SELECT
        CASE
            WHEN simulated_delay_minutes IS NULL THEN 9
            WHEN simulated_delay_minutes < 0 THEN 0
            WHEN simulated_delay_minutes < 120 THEN simulated_delay_minutes / 15
            ELSE 8
        END AS bucket
    FROM launches
),
counted AS (
    SELECT
        bucket,
        count(*) AS launches
    FROM placed
    GROUP BY bucket
)
SELECT
    buckets.delay_minutes,
    COALESCE(counted.launches, 0) AS launches,
    CAST(COALESCE(counted.launches, 0) AS double precision) * 100
        / CAST(sum(counted.launches) OVER () AS double precision) AS share_percent
FROM buckets
LEFT JOIN counted ON counted.bucket = buckets.bucket
WHERE buckets.bucket BETWEEN 0 AND 8
    OR counted.launches > 0
ORDER BY buckets.bucket NULLS LAST
