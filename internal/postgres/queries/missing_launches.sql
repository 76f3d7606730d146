-- Launches of a source that are known in a range of ids but are not in the
-- batch that covers it. Ids are compared by their bytes, here as in the source.
SELECT id
FROM known_launches
WHERE source_id = (SELECT id FROM ingestion_sources WHERE url = $1)
    AND missing_since IS NULL
    AND id > $2
    AND ($3 = '' OR id <= $3)
    AND id <> ALL($4::TEXT[])
ORDER BY id
