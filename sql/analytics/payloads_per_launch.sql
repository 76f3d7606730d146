-- title: Payloads per launch
-- description: The number of launches, past and upcoming, by their number of payloads. An upcoming launch often lists
--   none yet; one payload of the API may be a whole batch of satellites. A launch whose payloads are not
--   stated counts as one with 0. Missing launches are left out.
-- chart: bar payload_count launches
-- units: payload_count count, launches count, upcoming count, share_percent %
-- order: 90

-- The plain GROUP BY comes first so that Trino leaves it to PostgreSQL.
WITH counted AS (
    SELECT
        payload_count,
        upcoming,
        count(*) AS launches
    FROM launches
    WHERE missing_since IS NULL
    GROUP BY
        payload_count,
        upcoming
),
summed AS (
    SELECT
        payload_count,
        CAST(sum(launches) AS bigint) AS launches,
        CAST(sum(CASE WHEN upcoming THEN launches ELSE 0 END) AS bigint) AS upcoming
    FROM counted
    GROUP BY payload_count
)
SELECT
    payload_count,
    launches,
    upcoming,
    CAST(launches AS double precision) * 100
        / CAST(sum(launches) OVER () AS double precision) AS share_percent
FROM summed
ORDER BY payload_count NULLS LAST
