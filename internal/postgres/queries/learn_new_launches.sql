-- The launches $2, which this transaction has just stored, become known with the
-- hashes $3. Two kinds are left out, so that fewer rows are inserted: launches that
-- are known already, because their rows in raw_launches were deleted, and launches
-- that still have revisions.
INSERT INTO known_launches (id, source_id, newest_sha256, newest_revision, first_row_hash)
SELECT
    batch.id,
    $1,
    batch.sha256,
    1,
    first.hash
FROM unnest($2::TEXT[], $3::BYTEA[]) AS batch (id, sha256)
CROSS JOIN LATERAL (
    SELECT
        hash_record_extended(
            ROW(
                stored.fetched_at_timestamp,
                stored.simulated_total_payload_mass_kg,
                stored.simulated_delay_minutes,
                stored.raw_data
            ),
            0
        ) AS hash
    FROM raw_launches AS stored
    WHERE stored.id = batch.id
    LIMIT 1
) AS first
WHERE NOT (
        (SELECT EXISTS (SELECT FROM launch_revisions))
        AND EXISTS (SELECT FROM launch_revisions AS left_behind WHERE left_behind.launch_id = batch.id)
    )
ON CONFLICT (id) DO NOTHING
