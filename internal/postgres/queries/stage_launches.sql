-- Where a batch waits for its merge: without WAL, of this session alone, and
-- emptied by each COMMIT. Documents are kept as they are, as in raw_launches.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_launches (
    id TEXT NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    mass_kg INTEGER NOT NULL,
    delay_minutes INTEGER NOT NULL,
    raw_data JSONB NOT NULL,
    sha256 BYTEA NOT NULL
) WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS
