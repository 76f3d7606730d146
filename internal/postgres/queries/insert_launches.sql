-- One row for each launch that is new; the first values of a known launch
-- stay as they are. The batch is staged in the order of ids, the same in every
-- process, so that two never wait for each other.
WITH inserted AS (
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
    FROM staged_launches
    ON CONFLICT (id) DO NOTHING -- any other conflict is an error and no known launch
    RETURNING id
),
known AS (
    INSERT INTO known_launches (id, source_id, newest_sha256)
    SELECT
        staged.id,
        $1,
        staged.sha256
    FROM staged_launches AS staged
    INNER JOIN inserted ON inserted.id = staged.id
    ON CONFLICT (id) DO NOTHING -- raw_launches lost a row by hand
)
SELECT id FROM inserted
