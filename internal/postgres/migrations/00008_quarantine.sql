-- +goose Up

-- The body is kept as received up to a limit; of a longer one the first part,
-- with the length and the SHA-256 (body_sha256) of the whole.
ALTER TABLE quarantined_records ADD COLUMN body_length BIGINT;

UPDATE quarantined_records SET body_length = length(body);

ALTER TABLE quarantined_records
    ALTER COLUMN body_length SET NOT NULL,
    ADD COLUMN is_truncated BOOLEAN NOT NULL GENERATED ALWAYS AS (length(body) < body_length) STORED,
    -- When (UTC) and by which run the record was put through after all; NULL
    -- while it is in quarantine. The row stays as a trace.
    ADD COLUMN resolved_at TIMESTAMP,
    ADD COLUMN resolved_run_id BIGINT REFERENCES ingestion_runs,
    -- How often it was tried again, with or without success.
    ADD COLUMN retries INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT a_body_is_no_longer_than_the_record CHECK (length(body) <= body_length),
    ADD CONSTRAINT a_run_resolves_at_a_moment CHECK (resolved_run_id IS NULL OR resolved_at IS NOT NULL),
    DROP CONSTRAINT quarantined_records_reason_check,
    ADD CONSTRAINT quarantined_records_reason_check CHECK (reason IN (
        'invalid_json', 'not_an_object', 'missing_id', 'invalid_id', 'invalid_payloads',
        'not_storable', 'conflicting_duplicate', 'refused_by_database', 'off_contract'
    ));

-- Serves the list of what is in quarantine now.
CREATE INDEX quarantined_records_open ON quarantined_records (id) WHERE resolved_at IS NULL;

-- +goose Down
DROP INDEX quarantined_records_open;
ALTER TABLE quarantined_records
    DROP CONSTRAINT quarantined_records_reason_check,
    ADD CONSTRAINT quarantined_records_reason_check CHECK (reason IN (
        'invalid_json', 'not_an_object', 'missing_id', 'invalid_id', 'invalid_payloads',
        'not_storable', 'conflicting_duplicate', 'refused_by_database'
    )) NOT VALID,
    DROP COLUMN retries,
    DROP COLUMN resolved_run_id,
    DROP COLUMN resolved_at,
    DROP COLUMN is_truncated,
    DROP COLUMN body_length;
