-- +goose Up

-- What is known of each launch besides its row in raw_launches, so that an
-- unchanged payload is recognised without looking at it. Ids sort by their
-- bytes, as they do in the API, whatever the database's locale.
CREATE TABLE known_launches (
    id TEXT COLLATE "C" PRIMARY KEY,
    -- A row of ingestion_sources. No foreign key: checking it for each launch
    -- would cost more than the row itself.
    source_id SMALLINT NOT NULL,
    -- SHA-256 of the newest payload's bytes as received. Other bytes may still
    -- have the same content; that is compared then.
    newest_sha256 BYTEA NOT NULL,
    -- Since when (UTC) the source has it no longer; NULL while it has.
    missing_since TIMESTAMP
);

-- Payloads that differ in content from the one before; order of keys and white
-- space do not count, because JSONB has neither. Revision 1 is the row in
-- raw_launches, so the first one here is 2.
CREATE TABLE launch_revisions (
    launch_id TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 2),
    -- SHA-256 of the payload in JSONB's own text form.
    content_sha256 BYTEA NOT NULL,
    -- UTC.
    first_seen_at TIMESTAMP NOT NULL,
    run_id BIGINT REFERENCES ingestion_runs,
    raw_data JSONB NOT NULL,
    is_successful BOOLEAN NOT NULL GENERATED ALWAYS AS (raw_data @> '{"success": true}') STORED,
    -- The included column lets launch_aggregates_view do without documents.
    PRIMARY KEY (launch_id, revision) INCLUDE (is_successful)
) WITH (toast_tuple_target = 8160);

-- +goose Down
DROP TABLE launch_revisions;
DROP TABLE known_launches;
