-- +goose Up

-- The launches with a plain column for each field that queries ask for, so that
-- they need not open the documents. A row follows from the documents, payloads
-- and marks of its launch, as launches_from_documents says, and is written in the
-- transaction that changes them. Columns of a fixed width come first.
CREATE TABLE typed_launches (
    launched_at TIMESTAMP,
    fetched_at_timestamp TIMESTAMP,
    revised_at TIMESTAMP,
    missing_since TIMESTAMP,
    payload_mass_kg DOUBLE PRECISION,
    flight_number INTEGER,
    payload_count INTEGER NOT NULL,
    simulated_total_payload_mass_kg INTEGER,
    simulated_delay_minutes INTEGER,
    slip_minutes INTEGER,
    -- How many rows launch_revisions has of the launch.
    revisions INTEGER NOT NULL,
    upcoming BOOLEAN,
    success BOOLEAN,
    id TEXT PRIMARY KEY,
    rocket_id TEXT,
    launchpad_id TEXT,
    date_precision TEXT,
    name TEXT,
    -- The payloads that the launch lists, each once, in the order of their bytes;
    -- NULL stands for those without an id.
    payload_ids TEXT[] NOT NULL,
    slip_days INTEGER
);

-- The id has the collation that it has in raw_launches, which may be adopted: the
-- column of the view launches keeps it.
-- +goose StatementBegin
DO $$
DECLARE
    collation_of_ids REGCOLLATION := (
        SELECT attcollation FROM pg_attribute WHERE attrelid = 'raw_launches'::REGCLASS AND attname = 'id'
    );
BEGIN
    IF collation_of_ids <> '"default"'::REGCOLLATION THEN
        EXECUTE format('ALTER TABLE typed_launches ALTER COLUMN id TYPE TEXT COLLATE %s', collation_of_ids);
    END IF;
END
$$;
-- +goose StatementEnd

COMMENT ON TABLE typed_launches IS
    'What the view launches shows, kept by liftoff. Put right by liftoff migrate rebuild if somebody has changed it.';

-- What other programs and hands have changed in the tables that typed_launches
-- follows from is found by the transactions that wrote the rows: those of liftoff,
-- which keep typed_launches in step themselves, are noted here.
CREATE TABLE typed_transactions (
    transaction_id XID8 PRIMARY KEY,
    -- How many rows it inserted, updated and deleted, for each table of
    -- typed_counters.sql.
    written BIGINT[]
);

COMMENT ON TABLE typed_transactions IS
    'Transactions since the last check that have kept typed_launches in step.';

-- One row: all that was committed before these moments has been looked at.
CREATE TABLE typed_checks (
    is_only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only_row),
    -- The server that the numbers of transactions belong to.
    system_identifier BIGINT NOT NULL,
    oldest_unchecked XID8 NOT NULL,
    -- The answers of typed_counters.sql (its identity and its numbers); NULL if the next
    -- run has to look. Transactions from counted_before on are not in the numbers.
    counters TEXT,
    counted BIGINT[],
    counted_before XID8
);

COMMENT ON TABLE typed_checks IS
    'Up to which transaction typed_launches was compared with the tables it follows from.';

INSERT INTO typed_checks (system_identifier, oldest_unchecked)
SELECT
    system_identifier,
    pg_snapshot_xmin(pg_current_snapshot())
FROM pg_control_system();

-- What the rows of typed_launches should be: the launches as their newest revision
-- has them. LATERAL with LIMIT, so that for a few launches only their revisions
-- are read.
CREATE VIEW launches_from_documents AS
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

COMMENT ON VIEW launches_from_documents IS
    'What the rows of typed_launches should be. It opens every document: query the view launches.';

-- +goose Down
DROP VIEW launches_from_documents;
DROP TABLE typed_checks;
DROP TABLE typed_transactions;
DROP TABLE typed_launches;
