-- What must be 0 at any moment, also while runs are killed: each transaction
-- keeps it. Of the documents, only those that runs after number $1 have stored.
SELECT
    'launches beside those that the ledger counts as inserted',
    abs((SELECT count(*) FROM raw_launches) - (SELECT coalesce(sum(inserted), 0) FROM ingestion_runs))::BIGINT
UNION ALL
SELECT
    'revisions beside those that the ledger counts',
    abs((SELECT count(*) FROM launch_revisions) - (SELECT coalesce(sum(revised), 0) FROM ingestion_runs))::BIGINT
UNION ALL
SELECT
    'launches that are stored and not known, or known and not stored',
    (SELECT count(*) FROM raw_launches AS raw FULL JOIN known_launches AS known USING (id) WHERE raw.id IS NULL OR known.id IS NULL)
UNION ALL
SELECT
    'runs with records that are not accounted for',
    (SELECT count(*) FROM ingestion_runs WHERE fetched <> inserted + unchanged + revised + quarantined)
UNION ALL
SELECT
    'revisions that say what the one before says',
    (
        SELECT count(*)
        FROM launch_revisions AS newer
        -- Scalar subqueries look up the index; a join would sort all documents.
        WHERE coalesce(newer.run_id > $1, TRUE)
            AND newer.raw_data = CASE
                WHEN newer.revision = 2 THEN (SELECT first.raw_data FROM raw_launches AS first WHERE first.id = newer.launch_id)
                ELSE (
                    SELECT older.raw_data
                    FROM launch_revisions AS older
                    WHERE older.launch_id = newer.launch_id AND older.revision = newer.revision - 1
                )
            END
    )
UNION ALL
SELECT
    'launches with revisions out of sequence',
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM launch_revisions
            GROUP BY launch_id
            HAVING min(revision) <> 2 OR max(revision) <> count(*) + 1
        ) AS misnumbered
    )
UNION ALL
SELECT
    'launches whose newest revision is not the known one',
    (
        SELECT count(*)
        FROM known_launches AS known
        WHERE known.newest_revision <> coalesce((SELECT max(revision) FROM launch_revisions WHERE launch_id = known.id COLLATE "default"), 1)
    )
UNION ALL
SELECT
    'rows of raw_launches that differ from their hash',
    (
        SELECT count(*)
        FROM known_launches AS known
        INNER JOIN raw_launches AS raw ON raw.id = known.id
        WHERE known.first_row_hash IS DISTINCT FROM hash_record_extended(
            ROW(raw.fetched_at_timestamp, raw.simulated_total_payload_mass_kg, raw.simulated_delay_minutes, raw.raw_data),
            0
        )
    )
