-- Inserts new payloads, and replaces known ones if a column of the view
-- payloads has changed. Unchanged ones are filtered out before they are locked,
-- by comparing the fields behind those columns.
INSERT INTO raw_payloads AS stored (id, fetched_at_timestamp, raw_data)
SELECT
    batch.id,
    batch.fetched_at_timestamp,
    batch.raw_data
FROM staged_references AS batch
LEFT JOIN raw_payloads AS known ON known.id = batch.id
WHERE known.id IS NULL
    OR known.raw_data -> 'name' IS DISTINCT FROM batch.raw_data -> 'name'
    OR known.raw_data -> 'type' IS DISTINCT FROM batch.raw_data -> 'type'
    OR known.raw_data -> 'orbit' IS DISTINCT FROM batch.raw_data -> 'orbit'
    OR known.raw_data -> 'regime' IS DISTINCT FROM batch.raw_data -> 'regime'
    OR known.raw_data -> 'mass_kg' IS DISTINCT FROM batch.raw_data -> 'mass_kg'
ORDER BY batch.id -- the same order in every process, so that two never deadlock
ON CONFLICT (id) DO UPDATE SET
    fetched_at_timestamp = excluded.fetched_at_timestamp,
    raw_data = excluded.raw_data
WHERE liftoff_text(stored.raw_data, 'name') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'name')
    OR liftoff_text(stored.raw_data, 'type') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'type')
    OR liftoff_text(stored.raw_data, 'orbit') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'orbit')
    OR liftoff_text(stored.raw_data, 'regime') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'regime')
    OR stored.mass_kg IS DISTINCT FROM excluded.mass_kg
RETURNING stored.xmax = 0 AS is_new -- one that was there has been locked
