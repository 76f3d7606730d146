-- Only while the run is open: its end may be written twice if a reply is lost.
INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id, before_id)
SELECT
    $1,
    id,
    $3,
    nullif($4, '')
FROM ingestion_runs
WHERE id = $2 AND status = 'running'
