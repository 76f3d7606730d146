-- +goose Up

-- What is needed to notice that a stored state was deleted or changed by hand.
ALTER TABLE known_launches
    ADD COLUMN newest_revision INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN first_content_hash BIGINT;

COMMENT ON COLUMN known_launches.newest_revision IS
    'The revision whose bytes newest_sha256 is of: 1 is the row in raw_launches, others are in launch_revisions.';
COMMENT ON COLUMN known_launches.first_content_hash IS
    'jsonb_hash_extended(raw_data, 0) of the row in raw_launches as it was stored; NULL if that has no document.';

-- Earlier versions could know the bytes of a state that is not stored: a trigger
-- kept it away, or its revision was deleted. Which these are cannot be told, so
-- the next run compares the content of all launches: no document has this hash.
UPDATE known_launches AS known
SET
    newest_sha256 = '',
    newest_revision = coalesce(
        (SELECT max(newest.revision) FROM launch_revisions AS newest WHERE newest.launch_id = known.id),
        1
    ),
    first_content_hash = (SELECT jsonb_hash_extended(first.raw_data, 0) FROM raw_launches AS first WHERE first.id = known.id);

-- +goose Down
ALTER TABLE known_launches
    DROP COLUMN first_content_hash,
    DROP COLUMN newest_revision;
