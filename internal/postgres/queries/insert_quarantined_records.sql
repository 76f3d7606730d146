-- The same bytes once, whichever run brings them.
INSERT INTO quarantined_records (run_id, first_seen_at, source_url, reason, detail, body, body_sha256)
SELECT
    $1,
    $2::TEXT::TIMESTAMP,
    record.url,
    record.reason,
    record.detail,
    record.body,
    sha256(record.body)
FROM unnest($3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BYTEA[]) AS record (url, reason, detail, body)
ORDER BY sha256(record.body)
ON CONFLICT (body_sha256) DO NOTHING
