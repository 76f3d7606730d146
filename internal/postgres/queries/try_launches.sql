-- Stores sixteen launches that no API has, as a run would, and returns how many
-- are stored as they were sent. The transaction is rolled back. They differ only
-- in their ids, which begin and end with each hexadecimal digit, and between the
-- limits of the simulated values; some have flown and some have not.
WITH sample AS (
    SELECT
        digit.digit || 'c0ffee0000000000000000' || digit.digit AS id,
        date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'UTC') AS fetched_at,
        (ARRAY[0, 2000, 6000, 120000])[digit.number % 4 + 1] AS mass_kg,
        (ARRAY[0, 120])[digit.number % 2 + 1] AS delay_minutes,
        digit.number % 3 > 0 AS has_flown
    FROM regexp_split_to_table('0123456789abcdef', '') WITH ORDINALITY AS digit (digit, number)
),
document AS (
    SELECT
        sample.*,
        jsonb_build_object(
            'id', sample.id,
            'name', 'Trial of liftoff',
            'flight_number', 1,
            'date_utc', '2030-01-01T00:00:00.000Z',
            'date_unix', 1893456000,
            'date_local', '2029-12-31T19:00:00-05:00',
            'date_precision', 'hour',
            'upcoming', NOT sample.has_flown,
            'success', CASE WHEN sample.has_flown THEN TRUE END,
            'failures', jsonb_build_array(),
            'rocket', '5e9d0d95eda69973a809d1ec',
            'launchpad', '5e9e4502f509094188566f88',
            'payloads', CASE WHEN sample.mass_kg > 0 THEN jsonb_build_array('5eb0e4b5b6c3bb0006eeb1e1') ELSE jsonb_build_array() END,
            'cores', jsonb_build_array(),
            'crew', jsonb_build_array(),
            'ships', jsonb_build_array(),
            'capsules', jsonb_build_array(),
            'fairings', NULL,
            'links', jsonb_build_object('webcast', NULL, 'wikipedia', NULL),
            'details', NULL,
            'static_fire_date_utc', NULL,
            'static_fire_date_unix', NULL,
            'window', 0,
            'net', FALSE,
            'tbd', FALSE,
            'auto_update', TRUE,
            'launch_library_id', NULL
        ) AS raw_data
    FROM sample
),
stored AS (
    INSERT INTO raw_launches (
        id,
        fetched_at_timestamp,
        simulated_total_payload_mass_kg,
        simulated_delay_minutes,
        raw_data
    )
    SELECT
        id,
        fetched_at,
        mass_kg,
        delay_minutes,
        raw_data
    FROM document
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT
    (SELECT count(*) FROM sample) AS tried,
    count(*) AS stored
FROM document
INNER JOIN stored ON stored.id = document.id
    AND stored.fetched_at_timestamp = document.fetched_at
    AND stored.simulated_total_payload_mass_kg = document.mass_kg
    AND stored.simulated_delay_minutes = document.delay_minutes
    AND stored.raw_data = document.raw_data
