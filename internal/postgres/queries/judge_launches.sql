-- What has become of each staged launch, read back from the tables as they are
-- now, whatever triggers, rules, policies or collations have done. The outcome
-- is empty if the launch is not found as it was sent; then lost_in is the table.
--
-- xmin tells the rows that this transaction has written. They must be the same
-- byte for byte (record_image_eq, which is cheap); of the others only the content
-- counts. LATERAL with LIMIT looks up each launch in the indexes.
WITH found AS (
    SELECT
        staged.id,
        staged.fetched_at,
        staged.raw_data,
        first.is_new AS first_is_new,
        first.is_exact AS first_is_exact,
        first.sent_data AS first_data,
        newest.revision AS newest_revision,
        newest.first_seen_at AS newest_seen_at,
        newest.is_new AS newest_is_new,
        newest.is_exact AS newest_is_exact,
        coalesce(
            known.source_id = $1
            AND known.missing_since IS NULL
            -- A row that was deleted by hand and is back needs a new hash.
            AND (known.is_new OR NOT first.is_new),
            FALSE
        ) AS is_known,
        coalesce(
            known.newest_sha256 = staged.sha256 AND known.newest_revision = coalesce(newest.revision, 1),
            FALSE
        ) AS is_known_as_newest,
        CASE
            WHEN newest.revision IS NOT NULL THEN newest.is_exact OR newest.raw_data IS NOT DISTINCT FROM staged.raw_data
            ELSE first.is_exact OR first.sent_data IS NOT DISTINCT FROM staged.raw_data
        END AS is_newest
    FROM staged_launches AS staged
    LEFT JOIN LATERAL (
        SELECT
            liftoff_document_as_sent(
                stored.raw_data,
                stored.simulated_total_payload_mass_kg,
                stored.simulated_delay_minutes,
                staged.raw_data
            ) AS sent_data,
            stored.xmin = pg_current_xact_id()::XID AS is_new,
            record_image_eq(
                ROW(
                    stored.id,
                    stored.fetched_at_timestamp,
                    stored.simulated_total_payload_mass_kg,
                    stored.simulated_delay_minutes,
                    stored.raw_data
                ),
                ROW(staged.id, staged.fetched_at, staged.mass_kg, staged.delay_minutes, staged.raw_data)
            ) AS is_exact
        FROM raw_launches AS stored
        -- Some collations take ids for equal that differ.
        WHERE stored.id = staged.id AND stored.id = staged.id COLLATE "C"
        LIMIT 1
    ) AS first ON TRUE
    LEFT JOIN LATERAL (
        SELECT
            stored.newest_sha256,
            stored.newest_revision,
            stored.source_id,
            stored.missing_since,
            stored.xmin = pg_current_xact_id()::XID AS is_new
        FROM known_launches AS stored
        WHERE stored.id = staged.id
        LIMIT 1
    ) AS known ON TRUE
    LEFT JOIN LATERAL (
        SELECT
            stored.revision,
            stored.raw_data,
            stored.first_seen_at,
            stored.xmin = pg_current_xact_id()::XID AS is_new,
            record_image_eq(
                ROW(stored.first_seen_at, stored.run_id, stored.raw_data),
                ROW(staged.fetched_at, $2::BIGINT, staged.raw_data)
            ) AS is_exact
        FROM launch_revisions AS stored
        WHERE stored.launch_id = staged.id AND stored.launch_id = staged.id COLLATE "C"
        ORDER BY stored.revision DESC
        LIMIT 1
    ) AS newest ON TRUE
),
judged AS (
    SELECT
        found.*,
        CASE
            WHEN first_is_new IS NULL OR (first_is_new AND NOT first_is_exact) THEN 'raw_launches'
            WHEN newest_is_new AND NOT newest_is_exact THEN 'launch_revisions'
            WHEN is_newest THEN CASE WHEN NOT (is_known AND is_known_as_newest) THEN 'known_launches' END
            -- A late answer equals an older state.
            WHEN coalesce(fetched_at < newest_seen_at, FALSE) AND (
                first_data IS NOT DISTINCT FROM raw_data
                OR EXISTS (
                    SELECT
                    FROM launch_revisions AS older
                    WHERE older.launch_id = found.id AND older.raw_data = found.raw_data
                )
            ) THEN CASE WHEN NOT is_known THEN 'known_launches' END
            ELSE 'launch_revisions'
        END AS lost_in
    FROM found
)
SELECT
    id,
    CASE
        WHEN lost_in IS NOT NULL THEN ''
        WHEN first_is_new THEN 'inserted'
        WHEN newest_is_new THEN 'revised'
        ELSE 'unchanged'
    END AS outcome,
    coalesce(lost_in, '') AS lost_in
FROM judged
