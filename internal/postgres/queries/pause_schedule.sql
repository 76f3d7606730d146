UPDATE ingestion_schedules
SET paused = TRUE
WHERE name = $1
