-- Counts a retry of each record in $1, and resolves those in $2.
UPDATE quarantined_records
SET
    retries = retries + 1,
    resolved_at = CASE WHEN id = ANY ($2::BIGINT[]) THEN $3::TEXT::TIMESTAMP ELSE resolved_at END,
    resolved_run_id = CASE WHEN id = ANY ($2::BIGINT[]) THEN nullif($4::BIGINT, 0) ELSE resolved_run_id END
WHERE id = ANY ($1::BIGINT[])
