-- +goose Up

-- By how many days launches slipped whose dates are known to the day or the month
-- only. Databases that 00014 brought up to date before it had the column get it here,
-- and the next run computes all rows again.
-- +goose StatementBegin
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'typed_launches'::REGCLASS AND attname = 'slip_days') THEN
        ALTER TABLE typed_launches ADD COLUMN slip_days INTEGER;
        DELETE FROM typed_checks;
    END IF;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW launches_from_documents AS
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
    coalesce(listed_payloads.ids, '{}') AS payload_ids,
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
    missing.missing_since,
    coalesce(launch.first_seen_at, launch.fetched_at_timestamp) AS revised_at,
    coalesce(launch.revisions, 0) AS revisions,
    -- Days from the first date of a kind to the newest one, which is of that kind:
    -- dates known to the day or hour, or to the month. NULL unless there are two
    -- such dates: a month and a day give no days.
    CASE
        WHEN launch.revision IS NOT NULL AND launch.document ->> 'date_precision' IN ('hour', 'day', 'month') THEN (
            SELECT
                liftoff_utc_timestamp(launch.document ->> 'date_utc')::DATE - liftoff_utc_timestamp(state.document ->> 'date_utc')::DATE
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
            WHERE state.document ->> 'date_precision' IN ('hour', 'day', 'month')
                AND (state.document ->> 'date_precision' = 'month') = (launch.document ->> 'date_precision' = 'month')
                AND liftoff_utc_timestamp(state.document ->> 'date_utc') IS NOT NULL
            ORDER BY state.revision
            LIMIT 1
        )
    END AS slip_days
FROM (
    SELECT
        r.id,
        coalesce(newest.raw_data, r.raw_data) AS document,
        r.raw_data AS first_document,
        newest.revision,
        newest.first_seen_at,
        newest.revisions,
        r.simulated_total_payload_mass_kg,
        r.simulated_delay_minutes,
        r.fetched_at_timestamp
    FROM raw_launches AS r
    LEFT JOIN LATERAL (
        SELECT
            revision.revision,
            revision.raw_data,
            revision.first_seen_at,
            (SELECT count(*) FROM launch_revisions AS each WHERE each.launch_id = r.id)::INTEGER AS revisions
        FROM launch_revisions AS revision
        WHERE revision.launch_id = r.id
        ORDER BY revision.revision DESC
        LIMIT 1
    ) AS newest ON TRUE
) AS launch
-- The launch's own list counts: the back references of payloads are not
-- reliable. Masses are added up in one order, because the last digit of a sum
-- depends on it.
LEFT JOIN LATERAL (
    SELECT
        CASE WHEN count(*) = count(payload.mass_kg) THEN sum(payload.mass_kg ORDER BY listed.id COLLATE "C") END AS mass_kg,
        array_agg(listed.id ORDER BY listed.id COLLATE "C") AS ids
    FROM (
        SELECT DISTINCT
            CASE jsonb_typeof(element.value)
                WHEN 'string' THEN element.value #>> '{}'
                WHEN 'object' THEN liftoff_text(element.value, 'id')
            END AS id
        FROM jsonb_array_elements(
            CASE WHEN jsonb_typeof(launch.document -> 'payloads') = 'array' THEN launch.document -> 'payloads' ELSE '[]' END
        ) AS element
    ) AS listed
    LEFT JOIN raw_payloads AS payload ON payload.id = listed.id
) AS listed_payloads ON TRUE
LEFT JOIN LATERAL (
    SELECT known.missing_since
    FROM known_launches AS known
    -- The collation is that of the key's index.
    WHERE known.id = launch.id COLLATE "C"
    LIMIT 1
) AS missing ON TRUE;

CREATE OR REPLACE VIEW launches AS
SELECT
    id,
    name,
    flight_number,
    launched_at,
    date_precision,
    upcoming,
    success,
    rocket_id,
    launchpad_id,
    payload_count,
    payload_mass_kg,
    simulated_total_payload_mass_kg,
    simulated_delay_minutes,
    slip_minutes,
    fetched_at_timestamp,
    missing_since,
    revised_at,
    slip_days
FROM typed_launches;

-- +goose Down
-- The version before leaves the column alone, and 00014 needs it.
DROP VIEW launches;

CREATE VIEW launches AS
SELECT
    id,
    name,
    flight_number,
    launched_at,
    date_precision,
    upcoming,
    success,
    rocket_id,
    launchpad_id,
    payload_count,
    payload_mass_kg,
    simulated_total_payload_mass_kg,
    simulated_delay_minutes,
    slip_minutes,
    fetched_at_timestamp,
    missing_since,
    revised_at
FROM typed_launches;

COMMENT ON COLUMN launches.missing_since IS
    'Since when (UTC) the source no longer has the launch; NULL while it has it. Counts leave such launches out.';
COMMENT ON COLUMN launches.revised_at IS
    'When (UTC) the newest state of the launch was first received: a cursor for copies that follow changes.';
