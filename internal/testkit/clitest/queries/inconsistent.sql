-- What must be 0 at any moment, also while runs are killed: each transaction
-- keeps it.
WITH states AS (
    SELECT
        id,
        1 AS revision,
        raw_data
    FROM raw_launches
    UNION ALL
    SELECT
        launch_id,
        revision,
        raw_data
    FROM launch_revisions
),
sequence AS (
    SELECT
        revision <> row_number() OVER (PARTITION BY id ORDER BY revision) AS is_misnumbered,
        raw_data = lag(raw_data) OVER (PARTITION BY id ORDER BY revision) AS is_repeated
    FROM states
)
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
    (SELECT count(*) FROM sequence WHERE is_repeated)
UNION ALL
SELECT
    'revisions out of sequence',
    (SELECT count(*) FROM sequence WHERE is_misnumbered)
UNION ALL
SELECT
    'launches whose newest revision is not the known one',
    (
        SELECT count(*)
        FROM known_launches AS known
        WHERE known.newest_revision <> coalesce((SELECT max(revision) FROM launch_revisions WHERE launch_id = known.id), 1)
    )
UNION ALL
SELECT
    'first documents that differ from their hash',
    (
        SELECT count(*)
        FROM known_launches AS known
        INNER JOIN raw_launches AS raw ON raw.id = known.id
        WHERE known.first_content_hash IS DISTINCT FROM jsonb_hash_extended(raw.raw_data, 0)
    )
