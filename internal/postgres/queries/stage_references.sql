-- The table in which references wait to be merged, as staged_launches for
-- launches.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_references (
    id TEXT NOT NULL,
    fetched_at_timestamp TIMESTAMP NOT NULL,
    raw_data JSONB NOT NULL
) ON COMMIT DELETE ROWS
