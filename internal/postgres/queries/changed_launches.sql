-- Launches with a row in raw_launches or launch_revisions that is not as it was
-- stored, by the hash that was stored with it, and those with a row that no run has
-- stored: how many there are, and the first $1 by their ids. A launch that no run
-- knows and that was fetched before the first run may have been there before.
WITH odd AS (
    SELECT
        first.id,
        known.id IS NULL AS is_added
    FROM raw_launches AS first
    LEFT JOIN known_launches AS known ON known.id = first.id
    WHERE CASE
            WHEN known.id IS NULL THEN first.fetched_at_timestamp >= (SELECT min(started_at) FROM ingestion_runs)
            ELSE known.first_row_hash IS DISTINCT FROM hash_record_extended(
                ROW(
                    first.fetched_at_timestamp,
                    first.simulated_total_payload_mass_kg,
                    first.simulated_delay_minutes,
                    first.raw_data
                ),
                0
            )
        END
    UNION
    SELECT
        later.launch_id,
        FALSE
    FROM launch_revisions AS later
    WHERE later.content_sha256 <> sha256(convert_to(later.raw_data::TEXT, 'UTF8'))
    UNION
    SELECT
        later.launch_id,
        TRUE
    FROM launch_revisions AS later
    LEFT JOIN known_launches AS known ON known.id = later.launch_id
    WHERE later.revision > coalesce(known.newest_revision, 1)
)
SELECT
    (SELECT count(*) FROM odd WHERE NOT is_added) AS changed,
    ARRAY(SELECT id FROM odd WHERE NOT is_added ORDER BY id COLLATE "C" LIMIT $1) AS changed_ids,
    (SELECT count(*) FROM odd WHERE is_added) AS added,
    ARRAY(SELECT id FROM odd WHERE is_added ORDER BY id COLLATE "C" LIMIT $1) AS added_ids
