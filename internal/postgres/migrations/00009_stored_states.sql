-- +goose Up

-- What is needed to notice that a stored state was deleted or changed by hand.
ALTER TABLE known_launches
    ADD COLUMN newest_revision INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN first_row_hash BIGINT;

COMMENT ON COLUMN known_launches.newest_revision IS
    'The revision whose bytes newest_sha256 is of: 1 is the row in raw_launches, others are in launch_revisions.';
COMMENT ON COLUMN known_launches.first_row_hash IS
    'hash_record_extended of the four values in raw_launches besides the id, as they were stored; NULL if there was no row.';

-- Earlier versions could know the bytes of a state that is not stored: a trigger
-- kept it away, or its revision was deleted. Which these are cannot be told, so
-- each launch is compared when a run next receives it: no document has this hash.
UPDATE known_launches AS known
SET
    newest_sha256 = '',
    newest_revision = coalesce(
        (SELECT max(newest.revision) FROM launch_revisions AS newest WHERE newest.launch_id = known.id),
        1
    ),
    first_row_hash = (
        SELECT
            hash_record_extended(
                ROW(
                    first.fetched_at_timestamp,
                    first.simulated_total_payload_mass_kg,
                    first.simulated_delay_minutes,
                    first.raw_data
                ),
                0
            )
        FROM raw_launches AS first
        WHERE first.id = known.id
    );

-- So that the next --new does so for recent and upcoming launches even if the
-- source has not changed; others wait for --all.
UPDATE ingestion_sources SET list_tag = NULL;

-- Other programs of this kind put the values of their own three columns into the
-- document before they store it. What such a program added to a row of
-- raw_launches, and a document that the API sends does not have, is no difference.
CREATE FUNCTION liftoff_document_as_sent(document JSONB, mass_kg INTEGER, delay_minutes INTEGER, sent JSONB)
RETURNS JSONB
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN document ? 'fetched_at_timestamp'
        AND document -> 'simulated_total_payload_mass_kg' = to_jsonb(mass_kg)
        AND document -> 'simulated_delay_minutes' = to_jsonb(delay_minutes)
        THEN document - (
            CASE WHEN sent ? 'fetched_at_timestamp' THEN '{}'::TEXT[] ELSE ARRAY['fetched_at_timestamp'] END
            || CASE WHEN sent ? 'simulated_total_payload_mass_kg' THEN '{}'::TEXT[] ELSE ARRAY['simulated_total_payload_mass_kg'] END
            || CASE WHEN sent ? 'simulated_delay_minutes' THEN '{}'::TEXT[] ELSE ARRAY['simulated_delay_minutes'] END
        )
    ELSE document
END;

COMMENT ON FUNCTION liftoff_document_as_sent(JSONB, INTEGER, INTEGER, JSONB) IS
    'A document of raw_launches without the values of its three columns that another program put into it, as far as the document sent does not have them.';

-- +goose Down
DROP FUNCTION liftoff_document_as_sent(JSONB, INTEGER, INTEGER, JSONB);
ALTER TABLE known_launches
    DROP COLUMN first_row_hash,
    DROP COLUMN newest_revision;
