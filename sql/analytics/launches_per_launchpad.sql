-- title: Launches per launchpad
-- description: A launchpad that is not stored is shown by its id; NULL means that the launch names none. The
--   column "launches" counts past launches, "upcoming" the others. Launches that are neither success nor
--   failure have no known outcome. The success rate covers known outcomes; NULL means unknown. Amos-6, which
--   burned before its launch, is a failed launch in the SpaceX API. Missing launches are left out.
-- chart: bar launchpad launches
-- units: launches count, successes count, failures count, success_rate_percent %, upcoming count
-- order: 60

WITH flagged AS (
    SELECT
        launchpad_id,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
    WHERE missing_since IS NULL
),
counted AS (
    SELECT
        launchpad_id,
        count(CASE WHEN NOT is_upcoming THEN 1 END) AS launches,
        count(CASE WHEN NOT is_upcoming AND success THEN 1 END) AS successes,
        count(CASE WHEN NOT is_upcoming AND NOT success THEN 1 END) AS failures,
        count(CASE WHEN is_upcoming THEN 1 END) AS upcoming
    FROM flagged
    GROUP BY launchpad_id
)
SELECT
    COALESCE(launchpads.name, counted.launchpad_id) AS launchpad,
    counted.launches,
    counted.successes,
    counted.failures,
    CAST(counted.successes AS double precision) * 100
        / NULLIF(counted.successes + counted.failures, 0) AS success_rate_percent,
    counted.upcoming
FROM counted
LEFT JOIN launchpads ON launchpads.id = counted.launchpad_id
ORDER BY
    counted.launches DESC NULLS LAST,
    counted.launchpad_id NULLS LAST
