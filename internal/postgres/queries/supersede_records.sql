-- The launches $1 are stored as they were received at the moment $2: records in
-- quarantine that were seen before are not their newest states.
UPDATE quarantined_records
SET superseded_at = $2::TEXT::TIMESTAMP
WHERE resolved_at IS NULL
    AND superseded_at IS NULL
    AND launch_id = ANY ($1::TEXT[])
    AND last_seen_at < $2::TEXT::TIMESTAMP
