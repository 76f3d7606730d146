-- +goose Up

-- An API that launches come from, and how far the incremental runs have come.
CREATE TABLE ingestion_sources (
    id SMALLINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    -- The watermark: when (UTC) the last run began that saw all that was new,
    -- and the newest id known after it.
    watermark TIMESTAMP,
    newest_launch_id TEXT,
    -- The tag of the whole list as of that run, and how many launches of this
    -- source were known after it; NULL when the API gives no tag.
    list_tag TEXT,
    list_launches BIGINT
);

-- The ledger: one row for each run. All times are in UTC.
CREATE TABLE ingestion_runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id SMALLINT NOT NULL REFERENCES ingestion_sources,
    -- What was asked for: latest, all, since …
    selection TEXT NOT NULL,
    command TEXT NOT NULL,
    program_version TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    status TEXT NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'succeeded', 'partial', 'failed', 'interrupted', 'crashed')),
    pages BIGINT NOT NULL DEFAULT 0,
    -- How many launches the source said there are; NULL when it did not say.
    announced BIGINT,
    fetched BIGINT NOT NULL DEFAULT 0,
    inserted BIGINT NOT NULL DEFAULT 0,
    unchanged BIGINT NOT NULL DEFAULT 0,
    revised BIGINT NOT NULL DEFAULT 0,
    quarantined BIGINT NOT NULL DEFAULT 0,
    -- Launches that the source has no longer, marked by this run.
    missing BIGINT NOT NULL DEFAULT 0,
    bytes BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    -- Nothing is lost and nothing invented.
    CONSTRAINT every_record_is_accounted_for CHECK (fetched = inserted + unchanged + revised + quarantined),
    CHECK ((status = 'running') = (finished_at IS NULL))
);

-- Serves the list of runs, the search for runs that died, and the last good one.
CREATE INDEX ingestion_runs_source ON ingestion_runs (source_id, id DESC);

-- Parts of a source that a run could not fetch: the launches with an id
-- between the two, both excluded; NULL means to the end. The next run that
-- covers them removes them.
CREATE TABLE ingestion_missed_ranges (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id SMALLINT NOT NULL REFERENCES ingestion_sources,
    run_id BIGINT NOT NULL REFERENCES ingestion_runs,
    after_id TEXT NOT NULL,
    before_id TEXT
);

-- A reading of a whole source that several workers share; one at a time.
CREATE TABLE ingestion_backfills (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id SMALLINT NOT NULL REFERENCES ingestion_sources,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);

CREATE UNIQUE INDEX ingestion_backfills_unfinished ON ingestion_backfills (source_id) WHERE finished_at IS NULL;

-- Its parts: the launches with an id after the first, up to and with the
-- second; an empty one is no bound. A part belongs to the run that claimed it
-- as long as that run is running.
CREATE TABLE ingestion_backfill_ranges (
    backfill_id BIGINT NOT NULL REFERENCES ingestion_backfills,
    number INTEGER NOT NULL,
    after_id TEXT NOT NULL,
    up_to_id TEXT NOT NULL,
    run_id BIGINT REFERENCES ingestion_runs,
    finished_at TIMESTAMP,
    PRIMARY KEY (backfill_id, number)
);

-- Records that cannot be stored as launches, byte for byte as received; the
-- same bytes once.
CREATE TABLE quarantined_records (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id BIGINT REFERENCES ingestion_runs,
    first_seen_at TIMESTAMP NOT NULL,
    source_url TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN (
        'invalid_json', 'not_an_object', 'missing_id', 'invalid_id', 'invalid_payloads',
        'not_storable', 'conflicting_duplicate', 'refused_by_database'
    )),
    detail TEXT NOT NULL,
    body BYTEA NOT NULL,
    body_sha256 BYTEA NOT NULL UNIQUE
);

-- +goose Down
DROP TABLE quarantined_records;
DROP TABLE ingestion_backfill_ranges;
DROP TABLE ingestion_backfills;
DROP TABLE ingestion_missed_ranges;
DROP TABLE ingestion_runs;
DROP TABLE ingestion_sources;
