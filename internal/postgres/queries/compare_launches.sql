-- The positions in the batch, from 1, of launches that are not known, whose newest
-- known bytes differ, that were missing and are back, that another source ($3; 0
-- in a dry run) sent last, or whose row or newest revision was deleted by hand, or
-- whose newest revision no run has stored; and whether they are known. LATERAL with
-- LIMIT looks up each launch in the indexes: the planner expects that to cost more
-- than reading whole tables, but it costs less. The later lookups are made only
-- where the earlier ones have found no reason, and none while there are no revisions.
SELECT
    batch.position::INTEGER,
    known.newest_sha256 IS NOT NULL AS is_known
FROM unnest($1::TEXT[], $2::BYTEA[]) WITH ORDINALITY AS batch (id, sha256, position)
LEFT JOIN LATERAL (
    SELECT
        newest_sha256,
        newest_revision,
        missing_since,
        source_id
    FROM known_launches
    WHERE id = batch.id
    LIMIT 1
) AS known ON TRUE
LEFT JOIN LATERAL (
    SELECT TRUE AS is_there
    FROM raw_launches
    WHERE known.newest_sha256 = batch.sha256 AND id = batch.id
    LIMIT 1
) AS stored ON TRUE
LEFT JOIN LATERAL (
    SELECT revision
    FROM launch_revisions
    WHERE (SELECT EXISTS (SELECT FROM launch_revisions)) AND stored.is_there AND launch_id = batch.id
    ORDER BY revision DESC
    LIMIT 1
) AS newest ON TRUE
WHERE known.newest_sha256 IS DISTINCT FROM batch.sha256
    OR known.missing_since IS NOT NULL
    OR ($3::SMALLINT <> 0 AND known.source_id <> $3)
    OR stored.is_there IS NULL
    OR known.newest_revision <> coalesce(newest.revision, 1)
ORDER BY batch.position
