INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id, before_id)
VALUES ($1, $2, $3, nullif($4, ''))
