-- Records of the quarantine with their bodies, the oldest first: those with an
-- id after $1, and only those in the list $2 if that is not NULL; without $4
-- only those that are not resolved. $3 bounds their number, and so the size of
-- the answer.
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
    record.body
FROM quarantined_records AS record
LEFT JOIN ingestion_runs AS run ON run.id = record.run_id
LEFT JOIN ingestion_sources AS source ON source.id = run.source_id
WHERE record.id > $1
    AND ($2::BIGINT[] IS NULL OR record.id = ANY ($2::BIGINT[]))
    AND ($4 OR record.resolved_at IS NULL)
ORDER BY record.id
LIMIT $3
