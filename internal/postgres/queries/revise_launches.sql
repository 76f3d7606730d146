-- A revision for each staged launch whose content differs from the newest
-- known one; JSONB compares contents, so neither the order of keys nor white
-- space nor 1.0 for 1 makes a difference. An answer that is older than the
-- newest revision, and is a state known before, is late and no change.
WITH compared AS (
    SELECT
        staged.id,
        staged.fetched_at,
        staged.raw_data,
        coalesce(newest.revision, 1) AS revision,
        CASE WHEN newest.revision IS NULL THEN first.raw_data ELSE newest.raw_data END AS known_data,
        newest.first_seen_at AS known_since,
        first.raw_data AS first_data
    FROM staged_launches AS staged
    INNER JOIN raw_launches AS first ON first.id = staged.id
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
revised AS (
    INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data)
    SELECT
        compared.id,
        compared.revision + 1,
        sha256(convert_to(compared.raw_data::TEXT, 'UTF8')),
        compared.fetched_at,
        $2,
        compared.raw_data
    FROM compared
    WHERE compared.raw_data IS DISTINCT FROM compared.known_data
        AND NOT coalesce(
            compared.fetched_at < compared.known_since AND (
                compared.raw_data = compared.first_data
                OR EXISTS (
                    SELECT
                    FROM launch_revisions AS older
                    WHERE older.launch_id = compared.id AND older.raw_data = compared.raw_data
                )
            ),
            FALSE
        )
    RETURNING launch_id
),
known AS (
    UPDATE known_launches AS known
    SET
        source_id = $1,
        newest_sha256 = staged.sha256,
        missing_since = NULL
    FROM staged_launches AS staged
    WHERE known.id = staged.id
        AND (known.newest_sha256 <> staged.sha256 OR known.missing_since IS NOT NULL)
)
SELECT launch_id FROM revised
