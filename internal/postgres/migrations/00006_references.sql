-- +goose Up

-- What launches refer to: payloads with their real masses, and the names of
-- rockets and launchpads. Unlike launches these are kept in their newest form.
-- The API changes the orbits of payloads every hour, so only a difference in
-- the columns of the views below counts as one.
CREATE TABLE raw_payloads (
    id TEXT NOT NULL,
    fetched_at_timestamp TIMESTAMP NOT NULL,
    raw_data JSONB NOT NULL,
    -- Kilograms; NULL when the API does not tell, or tells nonsense.
    mass_kg DOUBLE PRECISION GENERATED ALWAYS AS (
        CASE WHEN jsonb_typeof(raw_data -> 'mass_kg') = 'number' THEN
            CASE WHEN (raw_data -> 'mass_kg')::NUMERIC BETWEEN 0 AND 10000000 THEN (raw_data -> 'mass_kg')::DOUBLE PRECISION END
        END
    ) STORED,
    -- The included column spares launches.payload_mass_kg the documents.
    PRIMARY KEY (id) INCLUDE (mass_kg)
);

CREATE TABLE raw_rockets (
    id TEXT PRIMARY KEY,
    fetched_at_timestamp TIMESTAMP NOT NULL,
    raw_data JSONB NOT NULL
);

CREATE TABLE raw_launchpads (
    id TEXT PRIMARY KEY,
    fetched_at_timestamp TIMESTAMP NOT NULL,
    raw_data JSONB NOT NULL
);

-- The text of a field, or NULL when it is of another type.
CREATE FUNCTION liftoff_text(document JSONB, field TEXT)
RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(document -> field) = 'string' THEN document ->> field END;

CREATE VIEW payloads AS
SELECT
    p.id,
    liftoff_text(p.raw_data, 'name') AS name,
    liftoff_text(p.raw_data, 'type') AS type,
    p.mass_kg,
    liftoff_text(p.raw_data, 'orbit') AS orbit,
    liftoff_text(p.raw_data, 'regime') AS regime,
    p.fetched_at_timestamp
FROM raw_payloads AS p;

CREATE VIEW rockets AS
SELECT
    r.id,
    liftoff_text(r.raw_data, 'name') AS name,
    liftoff_text(r.raw_data, 'type') AS type,
    r.fetched_at_timestamp
FROM raw_rockets AS r;

CREATE VIEW launchpads AS
SELECT
    l.id,
    liftoff_text(l.raw_data, 'name') AS name,
    liftoff_text(l.raw_data, 'full_name') AS full_name,
    liftoff_text(l.raw_data, 'region') AS region,
    l.fetched_at_timestamp
FROM raw_launchpads AS l;

-- +goose Down
DROP VIEW launchpads;
DROP VIEW rockets;
DROP VIEW payloads;
DROP FUNCTION liftoff_text(JSONB, TEXT);
DROP TABLE raw_launchpads;
DROP TABLE raw_rockets;
DROP TABLE raw_payloads;
