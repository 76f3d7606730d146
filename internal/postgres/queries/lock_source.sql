-- A statement of its own, because the one after it must see what others
-- committed while this one waited for them.
SELECT
FROM ingestion_sources
WHERE id = $1
FOR NO KEY UPDATE
