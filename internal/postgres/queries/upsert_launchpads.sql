-- Inserts new launchpads, and replaces known ones if a column of the view
-- launchpads has changed. Unchanged ones are filtered out before they are locked,
-- by comparing the fields behind those columns.
INSERT INTO raw_launchpads AS stored (id, fetched_at_timestamp, raw_data)
SELECT
    batch.id,
    batch.fetched_at_timestamp,
    batch.raw_data
FROM staged_references AS batch
LEFT JOIN raw_launchpads AS known ON known.id = batch.id
WHERE known.id IS NULL
    OR known.raw_data -> 'name' IS DISTINCT FROM batch.raw_data -> 'name'
    OR known.raw_data -> 'full_name' IS DISTINCT FROM batch.raw_data -> 'full_name'
    OR known.raw_data -> 'region' IS DISTINCT FROM batch.raw_data -> 'region'
ORDER BY batch.id -- the same order in every process, so that two never deadlock
ON CONFLICT (id) DO UPDATE SET
    fetched_at_timestamp = excluded.fetched_at_timestamp,
    raw_data = excluded.raw_data
WHERE liftoff_text(stored.raw_data, 'name') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'name')
    OR liftoff_text(stored.raw_data, 'full_name') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'full_name')
    OR liftoff_text(stored.raw_data, 'region') IS DISTINCT FROM liftoff_text(excluded.raw_data, 'region')
RETURNING stored.xmax = 0 AS is_new -- one that was there has been locked
