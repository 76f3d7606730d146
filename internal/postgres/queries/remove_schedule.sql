DELETE FROM ingestion_schedules
WHERE name = $1
