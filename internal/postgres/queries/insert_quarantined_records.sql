-- The same bytes once, whichever run brings them. A record that was put
-- through and is rejected again is in quarantine again.
INSERT INTO quarantined_records AS known (
    run_id,
    first_seen_at,
    source_url,
    reason,
    detail,
    body,
    body_length,
    body_sha256
)
SELECT DISTINCT ON (record.sha256)
    $1::BIGINT,
    $2::TEXT::TIMESTAMP,
    record.url,
    record.reason,
    record.detail,
    record.body,
    record.length,
    record.sha256
FROM unnest($3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BYTEA[], $7::BIGINT[], $8::BYTEA[])
    AS record (url, reason, detail, body, length, sha256)
ORDER BY record.sha256
ON CONFLICT (body_sha256) DO UPDATE
SET
    reason = excluded.reason,
    detail = excluded.detail,
    resolved_at = NULL,
    resolved_run_id = NULL
WHERE known.resolved_at IS NOT NULL
