-- Inserts new rockets, and replaces known ones if a column of the view rockets
-- has changed. Unchanged ones are filtered out before they are locked, by
-- comparing the fields behind those columns. If an id comes twice, the last one
-- counts. Times arrive as text in UTC.
WITH batch AS MATERIALIZED (
    SELECT DISTINCT ON (listed.id)
        listed.id,
        listed.raw_data::JSONB AS raw_data
    FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS listed (id, raw_data, place)
    ORDER BY
        listed.id,
        listed.place DESC
)
INSERT INTO raw_rockets AS stored (id, fetched_at_timestamp, raw_data)
SELECT
    batch.id,
    $3::TEXT::TIMESTAMP,
    batch.raw_data
FROM batch
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
