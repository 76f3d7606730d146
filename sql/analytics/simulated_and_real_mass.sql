-- title: Payload mass in kg, simulated and real
-- description: Only launches for which both are known. percent_of_real compares the averages. Real masses have few
--   distinct values: a Starlink payload is a whole batch with a nominal mass of 13,260 or 15,600 kg. In the
--   SpaceX API these are 28 percent of all launches, and 35 percent of those compared here.
-- chart: bar mass average_kg
-- units: launches count, lowest_kg kg, median_kg kg, average_kg kg, highest_kg kg, percent_of_real %
-- order: 106

-- Two plain GROUP BYs, each with few groups, which Trino leaves to PostgreSQL.
-- One GROUP BY both masses would have almost as many groups as launches.
WITH real_masses AS (
    SELECT
        payload_mass_kg,
        count(*) AS launches
    FROM launches
    WHERE payload_mass_kg IS NOT NULL
        AND simulated_total_payload_mass_kg IS NOT NULL
        AND missing_since IS NULL
    GROUP BY payload_mass_kg
),
simulated_masses AS (
    SELECT
        simulated_total_payload_mass_kg,
        count(*) AS launches
    FROM launches
    WHERE payload_mass_kg IS NOT NULL
        AND simulated_total_payload_mass_kg IS NOT NULL
        AND missing_since IS NULL
    GROUP BY simulated_total_payload_mass_kg
),
counted AS (
    SELECT
        1 AS kind,
        'real' AS mass,
        payload_mass_kg AS kg,
        launches
    FROM real_masses
    UNION ALL
    SELECT
        2 AS kind,
        'simulated' AS mass,
        CAST(simulated_total_payload_mass_kg AS double precision) AS kg,
        launches
    FROM simulated_masses
),
running AS (
    SELECT
        kind,
        mass,
        kg,
        launches,
        sum(launches) OVER (PARTITION BY kind ORDER BY kg NULLS LAST) AS launches_up_to,
        sum(launches) OVER (PARTITION BY kind) AS all_launches
    FROM counted
),
summed AS (
    SELECT
        kind,
        mass,
        CAST(sum(launches) AS bigint) AS launches,
        min(kg) AS lowest_kg,
        -- The mass in the middle; of an even number the average of the two there.
        (
            min(CASE WHEN launches_up_to * 2 >= all_launches THEN kg END)
            + min(CASE WHEN launches_up_to * 2 > all_launches THEN kg END)
        ) / 2 AS median_kg,
        sum(kg * launches) / CAST(sum(launches) AS double precision) AS average_kg,
        max(kg) AS highest_kg
    FROM running
    GROUP BY
        kind,
        mass
)
SELECT
    mass,
    launches,
    lowest_kg,
    median_kg,
    average_kg,
    highest_kg,
    average_kg * 100 / NULLIF(first_value(average_kg) OVER (ORDER BY kind NULLS LAST), 0) AS percent_of_real
FROM summed
ORDER BY kind NULLS LAST
