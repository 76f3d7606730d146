-- No row is inserted if there is a schedule of this name.
INSERT INTO ingestion_schedules (name, source_id, selection, every_seconds, cron, time_zone, next_due_at)
SELECT
    $1::TEXT,
    id,
    $3::TEXT,
    nullif($4::BIGINT, 0),
    nullif($5::TEXT, ''),
    $6::TEXT,
    $7::TEXT::TIMESTAMP
FROM ingestion_sources
WHERE url = $2
ON CONFLICT (name) DO NOTHING
