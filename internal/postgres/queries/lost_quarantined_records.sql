-- The hashes of records that are not in quarantine as they were sent. $1 are
-- the hashes of the records, $2 those of what is kept of them, $3 their lengths;
-- the first of equal records counts.
SELECT encode(sent.sha256, 'hex')
FROM (
    SELECT DISTINCT ON (record.sha256) record.*
    FROM unnest($1::BYTEA[], $2::BYTEA[], $3::BIGINT[], $4::TEXT[], $5::TEXT[])
        WITH ORDINALITY AS record (sha256, kept_sha256, length, reason, detail, position)
    ORDER BY
        record.sha256,
        record.position
) AS sent
LEFT JOIN quarantined_records AS stored ON stored.body_sha256 = sent.sha256
WHERE stored.id IS NULL
    OR stored.resolved_at IS NOT NULL
    OR stored.body_length <> sent.length
    OR sha256(stored.body) <> sent.kept_sha256
    OR stored.reason <> sent.reason
    OR stored.detail <> sent.detail
