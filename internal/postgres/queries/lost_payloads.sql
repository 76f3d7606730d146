-- The staged payloads that are not stored as they were sent: those that this
-- transaction has written byte for byte (see judge_launches.sql), the others as
-- their view shows them, unless another process has written them later.
SELECT staged.id
FROM staged_references AS staged
LEFT JOIN raw_payloads AS stored ON stored.id = staged.id AND stored.id = staged.id COLLATE "C"
WHERE stored.id IS NULL
    OR CASE
        WHEN stored.xmin = pg_current_xact_id()::XID THEN NOT record_image_eq(
            ROW(stored.fetched_at_timestamp, stored.raw_data),
            ROW(staged.fetched_at_timestamp, staged.raw_data)
        )
        ELSE stored.fetched_at_timestamp <= staged.fetched_at_timestamp AND (
            liftoff_text(stored.raw_data, 'name') IS DISTINCT FROM liftoff_text(staged.raw_data, 'name')
            OR liftoff_text(stored.raw_data, 'type') IS DISTINCT FROM liftoff_text(staged.raw_data, 'type')
            OR liftoff_text(stored.raw_data, 'orbit') IS DISTINCT FROM liftoff_text(staged.raw_data, 'orbit')
            OR liftoff_text(stored.raw_data, 'regime') IS DISTINCT FROM liftoff_text(staged.raw_data, 'regime')
            OR stored.mass_kg IS DISTINCT FROM CASE
                WHEN jsonb_typeof(staged.raw_data -> 'mass_kg') = 'number' THEN
                    CASE WHEN (staged.raw_data -> 'mass_kg')::NUMERIC BETWEEN 0 AND 10000000 THEN (staged.raw_data -> 'mass_kg')::DOUBLE PRECISION END
            END
        )
    END
ORDER BY staged.id
