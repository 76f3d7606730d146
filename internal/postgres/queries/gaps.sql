SELECT
    gap.after_id,
    coalesce(gap.before_id, '')
FROM ingestion_missed_ranges AS gap
INNER JOIN ingestion_sources AS source ON source.id = gap.source_id
WHERE source.url = $1
ORDER BY gap.id
