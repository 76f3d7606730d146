-- One row for each launch that is new; the first values of a launch that is
-- stored stay as they are. The batch is staged in the order of ids, the same in
-- every process, so that two never wait for each other.
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
-- A launch that came into raw_launches by other ways becomes known with a hash
-- that no payload has, so that its content is compared.
learned AS (
    INSERT INTO known_launches (id, source_id, newest_sha256)
    SELECT
        staged.id,
        $1,
        CASE WHEN inserted.id IS NULL THEN ''::BYTEA ELSE staged.sha256 END
    FROM staged_launches AS staged
    LEFT JOIN inserted ON inserted.id = staged.id
    ORDER BY staged.id
    ON CONFLICT (id) DO NOTHING -- known, even if raw_launches lost its row by hand
    RETURNING id
)
SELECT
    id,
    (SELECT count(*) FROM learned) AS learned
FROM inserted
