-- title: Launches by payload mass (simulated)
-- description: Simulated total payload mass in kg, 2,000 to 6,000 for each payload; 0 means a launch without
--   payloads. share_percent is the share of all launches, NULL if there are none.
--   Missing launches are left out.
-- chart: histogram mass_kg launches
-- units: mass_kg kg, launches count, share_percent %
-- simulated: mass_kg
-- order: 110

-- The plain GROUP BY comes first so that Trino leaves it to PostgreSQL; a join
-- by equal bucket numbers would lead it to filter in between.
WITH buckets AS (
    SELECT
        bucket,
        mass_kg,
        lowest,
        highest
    FROM (
        VALUES
            (0, '0', -2147483648, 0),
            (1, '1 to 1,999', 1, 1999),
            (2, '2,000 to 2,999', 2000, 2999),
            (3, '3,000 to 3,999', 3000, 3999),
            (4, '4,000 to 4,999', 4000, 4999),
            (5, '5,000 to 5,999', 5000, 5999),
            (6, '6,000 to 11,999', 6000, 11999),
            (7, '12,000 and more', 12000, 2147483647),
            (8, 'not stated', NULL, NULL)
    ) AS bucket_list (bucket, mass_kg, lowest, highest)
),
grouped AS (
    SELECT
        simulated_total_payload_mass_kg,
        count(*) AS launches
    FROM launches
    WHERE missing_since IS NULL
    GROUP BY simulated_total_payload_mass_kg
),
counted AS (
    SELECT
        buckets.bucket,
        buckets.mass_kg,
        CAST(COALESCE(sum(grouped.launches), 0) AS bigint) AS launches
    FROM buckets
    LEFT JOIN grouped
        ON grouped.simulated_total_payload_mass_kg BETWEEN buckets.lowest AND buckets.highest
        OR (grouped.simulated_total_payload_mass_kg IS NULL AND buckets.lowest IS NULL)
    GROUP BY
        buckets.bucket,
        buckets.mass_kg
)
SELECT
    mass_kg,
    launches,
    CAST(launches AS double precision) * 100
        / NULLIF(CAST(sum(launches) OVER () AS double precision), 0) AS share_percent
FROM counted
WHERE bucket BETWEEN 2 AND 7
    OR launches > 0
ORDER BY bucket NULLS LAST
