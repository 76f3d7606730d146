-- +goose Up

-- The moment that an ISO 8601 text in UTC names, or NULL for any other text:
-- one odd date must not break the view for all launches. The day is added to
-- the first of its month and must not leave it, so 30 February is NULL too.
-- Digits are [0-9], because \d also means those of other scripts in a database
-- with an ICU locale; a fraction is cut to microseconds, because rounding could
-- leave the year. All parts are immutable, so PostgreSQL inlines the function.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION liftoff_utc_timestamp(value TEXT)
RETURNS TIMESTAMP
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z$' THEN
        CASE
            WHEN extract(month FROM make_date(substr(value, 1, 4)::INTEGER, substr(value, 6, 2)::INTEGER, 1) + (substr(value, 9, 2)::INTEGER - 1))
                = substr(value, 6, 2)::INTEGER THEN
                make_timestamp(
                    substr(value, 1, 4)::INTEGER,
                    substr(value, 6, 2)::INTEGER,
                    substr(value, 9, 2)::INTEGER,
                    substr(value, 12, 2)::INTEGER,
                    substr(value, 15, 2)::INTEGER,
                    rtrim(substr(value, 18, 9), 'Z')::DOUBLE PRECISION
                )
        END
END;
-- +goose StatementEnd

-- One row for each launch with the fields that analytics need as plain
-- columns, because Trino pushes filters and aggregates on those down into
-- PostgreSQL but would have to haul whole documents to look inside them.
-- A field of an unexpected type is NULL. payload_mass_kg and slip_minutes
-- are NULL until real masses and revisions are stored.
CREATE VIEW launches AS
SELECT
    r.id,
    CASE WHEN jsonb_typeof(r.raw_data -> 'name') = 'string' THEN r.raw_data ->> 'name' END AS name,
    CASE WHEN r.raw_data ->> 'flight_number' ~ '^-?[0-9]{1,9}$' THEN (r.raw_data ->> 'flight_number')::INTEGER END AS flight_number,
    liftoff_utc_timestamp(r.raw_data ->> 'date_utc') AS launched_at,
    CASE WHEN jsonb_typeof(r.raw_data -> 'date_precision') = 'string' THEN r.raw_data ->> 'date_precision' END AS date_precision,
    CASE r.raw_data -> 'upcoming' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS upcoming,
    CASE r.raw_data -> 'success' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS success,
    CASE jsonb_typeof(r.raw_data -> 'rocket')
        WHEN 'string' THEN r.raw_data ->> 'rocket'
        WHEN 'object' THEN r.raw_data -> 'rocket' ->> 'id'
    END AS rocket_id,
    CASE jsonb_typeof(r.raw_data -> 'launchpad')
        WHEN 'string' THEN r.raw_data ->> 'launchpad'
        WHEN 'object' THEN r.raw_data -> 'launchpad' ->> 'id'
    END AS launchpad_id,
    CASE WHEN jsonb_typeof(r.raw_data -> 'payloads') = 'array' THEN jsonb_array_length(r.raw_data -> 'payloads') ELSE 0 END AS payload_count,
    NULL::DOUBLE PRECISION AS payload_mass_kg,
    r.simulated_total_payload_mass_kg,
    r.simulated_delay_minutes,
    NULL::INTEGER AS slip_minutes,
    r.fetched_at_timestamp
FROM raw_launches AS r;

-- +goose Down
DROP VIEW launches;
DROP FUNCTION liftoff_utc_timestamp(TEXT);
