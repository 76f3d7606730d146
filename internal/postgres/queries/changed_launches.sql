-- Launches with a document in raw_launches or launch_revisions that is not the
-- one that was stored, by the hash that was stored with it: how many there are,
-- and the first $1 by their ids.
WITH changed AS (
    SELECT first.id
    FROM raw_launches AS first
    INNER JOIN known_launches AS known ON known.id = first.id
    WHERE known.first_content_hash IS DISTINCT FROM jsonb_hash_extended(first.raw_data, 0)
    UNION
    SELECT launch_id
    FROM launch_revisions
    WHERE content_sha256 <> sha256(convert_to(raw_data::TEXT, 'UTF8'))
)
SELECT
    (SELECT count(*) FROM changed) AS total,
    ARRAY(SELECT id FROM changed ORDER BY id COLLATE "C" LIMIT $1) AS ids
