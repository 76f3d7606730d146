-- The records in quarantine, the newest first, without their bodies; with $4
-- also those that are resolved. '' and 0 stand for any reason, any run and any number;
-- $6 leaves out that record and those after it.
SELECT
    record.id,
    coalesce(record.run_id, 0) AS run_id,
    coalesce(source.url, '') AS source,
    record.first_seen_at,
    record.source_url,
    record.reason,
    record.detail,
    record.body_length,
    record.body_sha256,
    record.is_truncated,
    record.retries,
    record.resolved_at,
    coalesce(record.resolved_run_id, 0) AS resolved_run_id,
    coalesce(record.launch_id, '') AS launch_id,
    record.last_seen_at,
    record.superseded_at IS NOT NULL AS is_superseded,
    ''::BYTEA AS body
FROM quarantined_records AS record
LEFT JOIN ingestion_runs AS run ON run.id = record.run_id
LEFT JOIN ingestion_sources AS source ON source.id = run.source_id
WHERE ($1 = '' OR record.reason = $1)
    AND ($2::BIGINT = 0 OR record.run_id = $2)
    AND ($5 = '' OR starts_with(record.id::TEXT, $5))
    AND ($6::BIGINT = 0 OR record.id < $6)
    AND ($4 OR record.resolved_at IS NULL)
ORDER BY record.id DESC
LIMIT $3
