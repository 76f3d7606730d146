-- One row for each launch that is new; the first values of a launch that is
-- stored stay unchanged. Every process stages its launches in the order of ids,
-- so that two never wait for each other.
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
    ON CONFLICT (id) DO NOTHING -- any other conflict is an error
    RETURNING id
),
-- A launch that another program put into raw_launches becomes known with a hash
-- that no document has, so that its content is compared.
learned AS (
    INSERT INTO known_launches (id, source_id, newest_sha256)
    SELECT
        staged.id,
        $1,
        CASE WHEN inserted.id IS NULL THEN ''::BYTEA ELSE staged.sha256 END
    FROM staged_launches AS staged
    LEFT JOIN inserted ON inserted.id = staged.id
    ORDER BY staged.id
    ON CONFLICT (id) DO NOTHING -- known already, even if its row in raw_launches was deleted
    RETURNING id
)
SELECT
    id,
    (SELECT count(*) FROM learned) AS learned
FROM inserted
