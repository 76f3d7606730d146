-- title: Launches by payload mass (simulated)
-- description: Simulated total payload mass in kg, 2,000 to 6,000 for each payload; 0 means a launch without
--   payloads. share_percent is of all launches, NULL when there is none.
-- chart: bar mass_kg launches
-- order: 110

WITH buckets AS (
    SELECT
        bucket,
        mass_kg
    FROM (
        VALUES
            (0, '0'),
            (1, '1 to 1,999'),
            (2, '2,000 to 2,999'),
            (3, '3,000 to 3,999'),
            (4, '4,000 to 4,999'),
            (5, '5,000 to 5,999'),
            (6, '6,000 to 11,999'),
            (7, '12,000 and more'),
            (8, 'not stated')
    ) AS bucket_list (bucket, mass_kg)
),
placed AS (
    SELECT
        CASE
            WHEN simulated_total_payload_mass_kg IS NULL THEN 8
            WHEN simulated_total_payload_mass_kg <= 0 THEN 0
            WHEN simulated_total_payload_mass_kg < 2000 THEN 1
            WHEN simulated_total_payload_mass_kg < 6000 THEN simulated_total_payload_mass_kg / 1000
            WHEN simulated_total_payload_mass_kg < 12000 THEN 6
            ELSE 7
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
    buckets.mass_kg,
    COALESCE(counted.launches, 0) AS launches,
    CAST(COALESCE(counted.launches, 0) AS double precision) * 100
        / CAST(sum(counted.launches) OVER () AS double precision) AS share_percent
FROM buckets
LEFT JOIN counted ON counted.bucket = buckets.bucket
WHERE buckets.bucket BETWEEN 2 AND 7
    OR counted.launches > 0
ORDER BY buckets.bucket NULLS LAST
