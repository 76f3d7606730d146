-- The relations that the queries read, as plain tables.
CREATE TABLE launches (
    id text PRIMARY KEY,
    name text,
    flight_number integer,
    launched_at timestamp,
    date_precision text,
    upcoming boolean,
    success boolean,
    rocket_id text,
    launchpad_id text,
    payload_count integer,
    payload_mass_kg double precision,
    simulated_total_payload_mass_kg integer,
    simulated_delay_minutes integer,
    slip_minutes integer,
    fetched_at_timestamp timestamp,
    missing_since timestamp,
    revised_at timestamp,
    slip_days integer
);
CREATE TABLE launch_aggregates_view (
    total_launches bigint,
    total_successful_launches bigint,
    average_payload_mass double precision,
    average_launch_delay_minutes double precision
);
CREATE TABLE rockets (
    id text PRIMARY KEY,
    name text,
    type text,
    fetched_at_timestamp timestamp
);
CREATE TABLE launchpads (
    id text PRIMARY KEY,
    name text,
    full_name text,
    region text,
    fetched_at_timestamp timestamp
);
