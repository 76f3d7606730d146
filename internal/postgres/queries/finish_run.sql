UPDATE ingestion_runs
SET
    status = $2,
    finished_at = greatest(started_at, $3::TEXT::TIMESTAMP),
    error = nullif($4, ''),
    announced = nullif($5::BIGINT, -1),
    missing = $6,
    requests = $7,
    retries = $8,
    fetch_ms = $9,
    decode_ms = $10,
    store_ms = $11,
    references_ms = $12,
    view_ms = $13,
    peak_memory_bytes = nullif($14::BIGINT, 0)
WHERE id = $1 AND status = 'running'
