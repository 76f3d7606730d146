-- The table in which a batch waits to be merged: without WAL, visible to this
-- session only, and emptied by each COMMIT. Documents are stored as in
-- raw_launches.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_launches (
    id TEXT NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    mass_kg INTEGER NOT NULL,
    delay_minutes INTEGER NOT NULL,
    raw_data JSONB NOT NULL,
    sha256 BYTEA NOT NULL
) WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS
