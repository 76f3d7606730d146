-- Counts a retry of each record in $1, and resolves those in $2. $5 has the launch of
-- each record in $1, or ''.
UPDATE quarantined_records AS record
SET
    retries = record.retries + 1,
    launch_id = CASE WHEN tried.id = ANY ($2::BIGINT[]) THEN coalesce(record.launch_id, nullif(tried.launch_id, '')) ELSE record.launch_id END,
    resolved_at = CASE WHEN tried.id = ANY ($2::BIGINT[]) THEN $3::TEXT::TIMESTAMP ELSE record.resolved_at END,
    resolved_run_id = CASE WHEN tried.id = ANY ($2::BIGINT[]) THEN nullif($4::BIGINT, 0) ELSE record.resolved_run_id END
FROM unnest($1::BIGINT[], $5::TEXT[]) AS tried (id, launch_id)
WHERE record.id = tried.id
