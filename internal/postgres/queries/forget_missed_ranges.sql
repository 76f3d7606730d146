DELETE FROM ingestion_missed_ranges WHERE source_id = $1 AND run_id < $2
