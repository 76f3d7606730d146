UPDATE ingestion_runs
SET
    status = $2,
    finished_at = greatest(started_at, $3::TEXT::TIMESTAMP),
    error = nullif($4, ''),
    announced = nullif($5::BIGINT, -1),
    missing = $6
WHERE id = $1 AND status = 'running'
