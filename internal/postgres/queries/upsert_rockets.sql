-- Inserts new rockets, and replaces known ones if a column of the view
-- rockets has changed. Unchanged ones are filtered out before they are locked,
-- by comparing the fields behind those columns.
INSERT INTO raw_rockets AS stored (id, fetched_at_timestamp, raw_data)
SELECT
    batch.id,
    batch.fetched_at_timestamp,
    batch.raw_data
FROM staged_references AS batch
LEFT JOIN raw_rockets AS known ON known.id = batch.id
WHERE known.id IS NULL
    OR known.raw_data -> 'name' IS DISTINCT FROM batch.raw_data -> 'name'
    OR known.raw_data -> 'type' IS DISTINCT FROM batch.raw_data -> 'type'
ORDER BY batch.id -- the same order in every process, so that two never deadlock
ON CONFLICT (id) DO UPDATE SET
    fetched_at_timestamp = excluded.fetched_at_timestamp,
    raw_data = excluded.raw_data
WHERE liftoff_text(stored.raw_data, 'name') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'name')
    OR liftoff_text(stored.raw_data, 'type') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'type')
RETURNING stored.xmax = 0 AS is_new -- one that was there has been locked
