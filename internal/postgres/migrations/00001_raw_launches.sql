-- +goose Up

-- One row for each launch, written once and never updated. IF NOT EXISTS
-- adopts a table of this shape that somebody has made before; the program
-- compares the shape first (queries/inspect_relation.sql).
CREATE TABLE IF NOT EXISTS raw_launches (
    id TEXT PRIMARY KEY,
    fetched_at_timestamp TIMESTAMP,
    simulated_total_payload_mass_kg INTEGER,
    simulated_delay_minutes INTEGER,
    raw_data JSONB
);

-- +goose Down
-- There is no way back: launches are never deleted.
SELECT 1;
