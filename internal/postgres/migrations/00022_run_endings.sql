-- +goose Up

-- The run that ended last, and those that are running: who watches the database asks for
-- them every second or two.
CREATE INDEX ingestion_runs_ended ON ingestion_runs (finished_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX ingestion_runs_running ON ingestion_runs (id) WHERE status = 'running';

-- +goose Down
DROP INDEX ingestion_runs_running;
DROP INDEX ingestion_runs_ended;
