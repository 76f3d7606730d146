-- What the view launches was up to version 13, when it opened the documents: what
-- launches should show, but for the column revised_at. Only the last comparison of
-- ids says how it compares, for tables whose ids have a collation of their own.
CREATE TEMPORARY VIEW launches_of_version_13 AS
SELECT
    launch.id,
    CASE WHEN jsonb_typeof(launch.document -> 'name') = 'string' THEN launch.document ->> 'name' END AS name,
    -- A number is what it is worth, however it is spelt: 1.0 is 1.
    CASE jsonb_typeof(launch.document -> 'flight_number')
        WHEN 'number' THEN
            CASE
                WHEN (launch.document -> 'flight_number')::NUMERIC BETWEEN -2147483648 AND 2147483647
                    AND (launch.document -> 'flight_number')::NUMERIC = trunc((launch.document -> 'flight_number')::NUMERIC)
                    THEN (launch.document -> 'flight_number')::INTEGER
            END
        WHEN 'string' THEN
            CASE WHEN launch.document ->> 'flight_number' ~ '^-?[0-9]{1,9}$' THEN (launch.document ->> 'flight_number')::INTEGER END
    END AS flight_number,
    liftoff_utc_timestamp(launch.document ->> 'date_utc') AS launched_at,
    CASE WHEN jsonb_typeof(launch.document -> 'date_precision') = 'string' THEN launch.document ->> 'date_precision' END AS date_precision,
    CASE launch.document -> 'upcoming' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS upcoming,
    CASE launch.document -> 'success' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS success,
    CASE jsonb_typeof(launch.document -> 'rocket')
        WHEN 'string' THEN launch.document ->> 'rocket'
        WHEN 'object' THEN launch.document -> 'rocket' ->> 'id'
    END AS rocket_id,
    CASE jsonb_typeof(launch.document -> 'launchpad')
        WHEN 'string' THEN launch.document ->> 'launchpad'
        WHEN 'object' THEN launch.document -> 'launchpad' ->> 'id'
    END AS launchpad_id,
    CASE WHEN jsonb_typeof(launch.document -> 'payloads') = 'array' THEN jsonb_array_length(launch.document -> 'payloads') ELSE 0 END AS payload_count,
    -- Kilograms, the real masses of all payloads summed; NULL when one of them
    -- is unknown, or when there is no payload.
    listed_payloads.mass_kg AS payload_mass_kg,
    launch.simulated_total_payload_mass_kg,
    launch.simulated_delay_minutes,
    -- Minutes from the first date that was given to the hour to the newest one;
    -- NULL unless there are two such dates: a month gives no minutes.
    CASE
        WHEN launch.revision IS NOT NULL AND launch.document ->> 'date_precision' = 'hour' THEN (
            SELECT
                CASE WHEN abs(slip.minutes) < 2147483647 THEN slip.minutes::INTEGER END
            FROM (
                SELECT
                    round(extract(EPOCH FROM liftoff_utc_timestamp(launch.document ->> 'date_utc')
                        - liftoff_utc_timestamp(state.document ->> 'date_utc')) / 60) AS minutes
                FROM (
                    SELECT
                        1 AS revision,
                        launch.first_document AS document
                    UNION ALL
                    SELECT
                        older.revision,
                        older.raw_data
                    FROM launch_revisions AS older
                    WHERE older.launch_id = launch.id AND older.revision < launch.revision
                ) AS state
                WHERE state.document ->> 'date_precision' = 'hour'
                    AND liftoff_utc_timestamp(state.document ->> 'date_utc') IS NOT NULL
                ORDER BY state.revision
                LIMIT 1
            ) AS slip
        )
    END AS slip_minutes,
    launch.fetched_at_timestamp,
    missing.missing_since
FROM (
    SELECT
        r.id,
        coalesce(newest.raw_data, r.raw_data) AS document,
        r.raw_data AS first_document,
        newest.revision,
        r.simulated_total_payload_mass_kg,
        r.simulated_delay_minutes,
        r.fetched_at_timestamp
    FROM raw_launches AS r
    -- DISTINCT ON and not LATERAL: it can be hashed, and dropped where no
    -- column of it is needed.
    LEFT JOIN (
        SELECT DISTINCT ON (launch_id)
            launch_id,
            revision,
            raw_data
        FROM launch_revisions
        ORDER BY
            launch_id DESC,
            revision DESC
    ) AS newest ON newest.launch_id = r.id
) AS launch
-- The launch's own list counts: the back references of payloads are not
-- reliable. LATERAL, so that a query that filters by the mass and shows it has
-- it added up once; where nobody asks for it, this is not done at all.
LEFT JOIN LATERAL (
    SELECT CASE WHEN count(*) = count(payload.mass_kg) THEN sum(payload.mass_kg) END AS mass_kg
    FROM (
        SELECT DISTINCT
            CASE jsonb_typeof(element.value)
                WHEN 'string' THEN element.value #>> '{}'
                WHEN 'object' THEN element.value ->> 'id'
            END AS id
        FROM jsonb_array_elements(
            CASE WHEN jsonb_typeof(launch.document -> 'payloads') = 'array' THEN launch.document -> 'payloads' ELSE '[]' END
        ) AS element
    ) AS listed
    LEFT JOIN raw_payloads AS payload ON payload.id = listed.id
) AS listed_payloads ON TRUE
-- Only the few rows that have a mark, which the partial index finds; where nobody
-- asks for them, they are not joined at all.
LEFT JOIN known_launches AS missing ON missing.id = launch.id COLLATE "C" AND missing.missing_since IS NOT NULL;
