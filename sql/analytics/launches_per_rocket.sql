-- title: Launches per rocket
-- description: Rockets not in the API's 2022 list show their id; NULL means that the launch names none. The column
--   "launches" holds past ones; upcoming ones are counted apart. The success rate is over known outcomes
--   (NULL when there is none); launches less successes and failures are of unknown outcome.
-- chart: bar rocket launches
-- order: 50

WITH flagged AS (
    SELECT
        rocket_id,
        COALESCE(upcoming, FALSE) AS is_upcoming,
        success
    FROM launches
),
counted AS (
    SELECT
        rocket_id,
        count(CASE WHEN NOT is_upcoming THEN 1 END) AS launches,
        count(CASE WHEN NOT is_upcoming AND success THEN 1 END) AS successes,
        count(CASE WHEN NOT is_upcoming AND NOT success THEN 1 END) AS failures,
        count(CASE WHEN is_upcoming THEN 1 END) AS upcoming
    FROM flagged
    GROUP BY rocket_id
)
SELECT
    CASE rocket_id
        WHEN '5e9d0d95eda69955f709d1eb' THEN 'Falcon 1'
        WHEN '5e9d0d95eda69973a809d1ec' THEN 'Falcon 9'
        WHEN '5e9d0d95eda69974db09d1ed' THEN 'Falcon Heavy'
        WHEN '5e9d0d96eda699382d09d1ee' THEN 'Starship'
        ELSE rocket_id
    END AS rocket,
    launches,
    successes,
    failures,
    CAST(successes AS double precision) * 100 / NULLIF(successes + failures, 0) AS success_rate_percent,
    upcoming
FROM counted
ORDER BY
    launches DESC NULLS LAST,
    rocket_id NULLS LAST
