-- Stores the same bytes once, whichever run brings them. A record that was
-- resolved and is rejected again is back in quarantine.
WITH received AS (
    SELECT DISTINCT ON (record.sha256) record.*
    FROM unnest($3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BYTEA[], $7::BIGINT[], $8::BYTEA[])
        WITH ORDINALITY AS record (url, reason, detail, body, length, sha256, position)
    ORDER BY
        record.sha256,
        record.position
),
reopened AS (
    UPDATE quarantined_records AS known
    SET
        reason = received.reason,
        detail = received.detail,
        resolved_at = NULL,
        resolved_run_id = NULL
    FROM received
    WHERE known.body_sha256 = received.sha256
        AND known.resolved_at IS NOT NULL
)
INSERT INTO quarantined_records (
    run_id,
    first_seen_at,
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
    url,
    reason,
    detail,
    body,
    length,
    sha256
FROM received
ORDER BY sha256
ON CONFLICT (body_sha256) DO NOTHING
