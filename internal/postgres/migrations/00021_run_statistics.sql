-- +goose Up

-- What each run took. NULL for a run that is running or has crashed, and for those of
-- earlier versions.
ALTER TABLE ingestion_runs
    ADD COLUMN requests BIGINT,
    ADD COLUMN retries BIGINT,
    ADD COLUMN fetch_ms BIGINT,
    ADD COLUMN decode_ms BIGINT,
    ADD COLUMN store_ms BIGINT,
    ADD COLUMN references_ms BIGINT,
    ADD COLUMN view_ms BIGINT,
    ADD COLUMN peak_memory_bytes BIGINT;

COMMENT ON COLUMN ingestion_runs.requests IS 'Requests that were sent to the API; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.retries IS 'Requests among them that repeat an earlier one; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.fetch_ms IS 'Milliseconds from sending requests to the end of their answers, of all that went on at once together; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.decode_ms IS 'Milliseconds in which answers were read, of all that went on at once together; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.store_ms IS 'Milliseconds in which batches were stored, of all that went on at once together; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.references_ms IS 'Milliseconds for payloads, rockets and launchpads; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.view_ms IS 'Milliseconds in which launch_aggregates_view was made; NULL if that is not known.';
COMMENT ON COLUMN ingestion_runs.peak_memory_bytes IS 'The most memory that the process has had, in bytes; NULL if that is not known.';

-- Finds the last run that saw a change at its source: of one that never changes there are
-- many runs without.
CREATE INDEX ingestion_runs_changes ON ingestion_runs (id) WHERE inserted + revised + missing > 0;

-- +goose Down
DROP INDEX ingestion_runs_changes;
ALTER TABLE ingestion_runs
    DROP COLUMN requests,
    DROP COLUMN retries,
    DROP COLUMN fetch_ms,
    DROP COLUMN decode_ms,
    DROP COLUMN store_ms,
    DROP COLUMN references_ms,
    DROP COLUMN view_ms,
    DROP COLUMN peak_memory_bytes;
