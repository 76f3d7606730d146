SELECT
    missed.after_id,
    coalesce(missed.before_id, '')
FROM ingestion_missed_ranges AS missed
INNER JOIN ingestion_sources AS source ON source.id = missed.source_id
WHERE source.url = $1
ORDER BY missed.id
