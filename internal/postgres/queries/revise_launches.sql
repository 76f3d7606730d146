-- Stores a revision of each staged launch whose content differs from the newest
-- known one. JSONB compares contents, so the order of keys, white space, and
-- 1.0 for 1 make no difference, nor does what another program added to the first
-- document (liftoff_document_as_sent). An answer is late if it is older than the
-- newest revision and equals a state known before: it is no change, and the
-- newest known state stays the same. A revision that no run has stored, as
-- known_launches tells, makes no answer late.
WITH compared AS (
    SELECT
        staged.id,
        staged.fetched_at,
        staged.raw_data,
        staged.sha256,
        coalesce(newest.revision, 1) AS revision,
        CASE WHEN newest.revision IS NULL THEN sent.raw_data ELSE newest.raw_data END AS known_data,
        CASE WHEN newest.revision <= known.newest_revision THEN newest.first_seen_at END AS known_since,
        sent.raw_data AS first_data,
        ROW(
            first.fetched_at_timestamp,
            first.simulated_total_payload_mass_kg,
            first.simulated_delay_minutes,
            first.raw_data
        ) AS first_row,
        first.xmin = pg_current_xact_id()::XID AS first_is_new
    FROM staged_launches AS staged
    INNER JOIN raw_launches AS first ON first.id = staged.id
    LEFT JOIN known_launches AS known ON known.id = staged.id
    CROSS JOIN LATERAL (
        SELECT
            liftoff_document_as_sent(
                first.raw_data,
                first.simulated_total_payload_mass_kg,
                first.simulated_delay_minutes,
                staged.raw_data
            ) AS raw_data
    ) AS sent
    LEFT JOIN LATERAL (
        SELECT
            revision,
            raw_data,
            first_seen_at
        FROM launch_revisions
        WHERE launch_id = staged.id
        ORDER BY revision DESC
        LIMIT 1
    ) AS newest ON TRUE
),
judged AS (
    SELECT
        compared.*,
        compared.raw_data IS DISTINCT FROM compared.known_data AS differs,
        coalesce(
            compared.raw_data IS DISTINCT FROM compared.known_data
            AND compared.fetched_at < compared.known_since
            AND (
                compared.raw_data = compared.first_data
                OR EXISTS (
                    SELECT
                    FROM launch_revisions AS older
                    WHERE older.launch_id = compared.id AND older.raw_data = compared.raw_data
                )
            ),
            FALSE
        ) AS is_late
    FROM compared
),
revised AS (
    INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data)
    SELECT
        id,
        revision + 1,
        sha256(convert_to(raw_data::TEXT, 'UTF8')),
        fetched_at,
        $2,
        raw_data
    FROM judged
    WHERE differs AND NOT is_late
)
UPDATE known_launches AS known
SET
    source_id = $1,
    newest_sha256 = CASE WHEN judged.is_late THEN known.newest_sha256 ELSE judged.sha256 END,
    newest_revision = judged.revision + (judged.differs AND NOT judged.is_late)::INTEGER,
    missing_since = NULL,
    -- What another program put into raw_launches, or came back, is new here.
    first_row_hash = CASE
        WHEN judged.first_is_new OR known.xmin = pg_current_xact_id()::XID THEN hash_record_extended(judged.first_row, 0)
        ELSE known.first_row_hash
    END
FROM judged
WHERE known.id = judged.id
    AND (
        judged.first_is_new
        OR known.source_id <> $1 -- a launch belongs to the source that sent it last
        OR known.missing_since IS NOT NULL
        OR known.newest_revision <> judged.revision + (judged.differs AND NOT judged.is_late)::INTEGER
        OR (known.newest_sha256 <> judged.sha256 AND NOT judged.is_late)
        -- learn_launches.sql has noted the hash of what was staged. The one of an
        -- adopted row differs.
        OR (
            known.xmin = pg_current_xact_id()::XID
            AND known.first_row_hash IS DISTINCT FROM hash_record_extended(judged.first_row, 0)
        )
    )
