-- title: Launches per launchpad
-- description: Launchpads not in the API's 2022 list show their id; NULL means that the launch names none. The
--   column "launches" holds past ones; upcoming ones are counted apart. The success rate is over known
--   outcomes (NULL when there is none); launches less successes and failures are of unknown outcome.
-- chart: bar launchpad launches
-- order: 60

WITH flagged AS (
    SELECT
        launchpad_id,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
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
    CASE launchpad_id
        WHEN '5e9e4501f5090910d4566f83' THEN 'VAFB SLC 3W'
        WHEN '5e9e4501f509094ba4566f84' THEN 'CCSFS SLC 40'
        WHEN '5e9e4502f5090927f8566f85' THEN 'STLS'
        WHEN '5e9e4502f5090995de566f86' THEN 'Kwajalein Atoll'
        WHEN '5e9e4502f509092b78566f87' THEN 'VAFB SLC 4E'
        WHEN '5e9e4502f509094188566f88' THEN 'KSC LC 39A'
        ELSE launchpad_id
    END AS launchpad,
    launches,
    successes,
    failures,
    CAST(successes AS double precision) * 100 / NULLIF(successes + failures, 0) AS success_rate_percent,
    upcoming
FROM counted
ORDER BY
    launches DESC NULLS LAST,
    launchpad_id NULLS LAST
