-- All of the source was read since; what this run itself missed stays.
DELETE FROM ingestion_missed_ranges
WHERE source_id = $1 AND run_id <> $2
