-- +goose Up

-- Backfills are opened by a command of their own, may leave out old launches, and say
-- how far they have come.
ALTER TABLE ingestion_backfills ADD COLUMN since TIMESTAMP;

ALTER TABLE ingestion_backfill_ranges
    ADD COLUMN claimed_at TIMESTAMP,
    ADD COLUMN fetched BIGINT;

COMMENT ON TABLE ingestion_backfills IS 'Readings of all launches of a source, or of those since a date, that several workers share; one at a time for each source.';
COMMENT ON COLUMN ingestion_backfills.since IS 'The date (UTC) from which on launches are read; NULL for all launches.';
COMMENT ON COLUMN ingestion_backfills.started_at IS 'When (UTC, by the server''s clock) the backfill was opened.';
COMMENT ON COLUMN ingestion_backfill_ranges.claimed_at IS 'When (UTC, by the server''s clock) the run has claimed the part; NULL if none has, or an earlier version of the program.';
COMMENT ON COLUMN ingestion_backfill_ranges.fetched IS 'Records received for the part; NULL before it was done, or if an earlier version of the program did it.';
COMMENT ON COLUMN ingestion_backfill_ranges.finished_at IS 'When (UTC, by the server''s clock) the part was done; NULL before.';

-- Not a column of ingestion_sources, whose rows runs lock when they end.
CREATE TABLE ingestion_rates (
    source_id SMALLINT PRIMARY KEY REFERENCES ingestion_sources,
    next_at TIMESTAMP NOT NULL
);

COMMENT ON TABLE ingestion_rates IS 'When the next request may be sent to an API, for all workers of its backfill together.';
COMMENT ON COLUMN ingestion_rates.source_id IS 'The API: ingestion_sources.id.';
COMMENT ON COLUMN ingestion_rates.next_at IS 'When (UTC, by the server''s clock) the next request may be sent.';

-- +goose Down
DROP TABLE ingestion_rates;
ALTER TABLE ingestion_backfill_ranges
    DROP COLUMN fetched,
    DROP COLUMN claimed_at;
ALTER TABLE ingestion_backfills DROP COLUMN since;
