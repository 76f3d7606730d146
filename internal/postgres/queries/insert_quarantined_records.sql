-- Stores the same bytes once, whichever run brings them; the newest reason counts. A
-- record that was resolved and is rejected again is back in quarantine. A retry ($10)
-- has not received the records, so that it does not change when they were seen.
WITH received AS (
    SELECT DISTINCT ON (record.sha256) record.*
    FROM unnest($3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BYTEA[], $7::BIGINT[], $8::BYTEA[], $9::TEXT[])
        WITH ORDINALITY AS record (url, reason, detail, body, length, sha256, launch_id, position)
    ORDER BY
        record.sha256,
        record.position
)
INSERT INTO quarantined_records AS known (
    run_id,
    first_seen_at,
    last_seen_at,
    launch_id,
    source_url,
    reason,
    detail,
    body,
    body_length,
    body_sha256
)
SELECT
    $1::BIGINT,
    $2::TEXT::TIMESTAMP,
    $2::TEXT::TIMESTAMP,
    nullif(launch_id, ''),
    url,
    reason,
    detail,
    body,
    length,
    sha256
FROM received
WHERE NOT EXISTS ( -- it is stored like this already
    SELECT
    FROM quarantined_records AS same
    WHERE same.body_sha256 = received.sha256
        AND same.resolved_at IS NULL
        AND same.reason = received.reason
        AND same.detail = received.detail
        AND ($10::BOOLEAN OR same.last_seen_at >= $2::TEXT::TIMESTAMP)
)
ORDER BY sha256
ON CONFLICT (body_sha256) DO UPDATE SET
    reason = excluded.reason,
    detail = excluded.detail,
    launch_id = CASE WHEN $10::BOOLEAN THEN known.launch_id ELSE coalesce(excluded.launch_id, known.launch_id) END,
    last_seen_at = CASE WHEN $10::BOOLEAN THEN known.last_seen_at ELSE greatest(known.last_seen_at, excluded.last_seen_at) END,
    superseded_at = CASE WHEN $10::BOOLEAN THEN known.superseded_at END,
    resolved_at = NULL,
    resolved_run_id = NULL
