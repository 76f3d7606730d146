-- +goose Up

-- The clock that all workers go by, whatever the clocks of their machines say.
CREATE FUNCTION liftoff_now()
RETURNS TIMESTAMP
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN clock_timestamp() AT TIME ZONE 'UTC';

COMMENT ON FUNCTION liftoff_now() IS 'The present moment (UTC), by which schedules go.';

CREATE TABLE ingestion_schedules (
    name TEXT PRIMARY KEY,
    source_id SMALLINT NOT NULL REFERENCES ingestion_sources,
    selection TEXT NOT NULL,
    every_seconds BIGINT,
    cron TEXT,
    time_zone TEXT NOT NULL,
    next_due_at TIMESTAMP NOT NULL CHECK (isfinite(next_due_at)),
    retry_at TIMESTAMP,
    failures INTEGER NOT NULL DEFAULT 0,
    missed BIGINT NOT NULL DEFAULT 0,
    paused BOOLEAN NOT NULL DEFAULT FALSE,
    note TEXT,
    CHECK ((every_seconds IS NULL) <> (cron IS NULL))
);

COMMENT ON TABLE ingestion_schedules IS 'When workers ingest: one row for each schedule.';
COMMENT ON COLUMN ingestion_schedules.name IS 'Name of the schedule.';
COMMENT ON COLUMN ingestion_schedules.source_id IS 'The API that launches come from: ingestion_sources.id.';
COMMENT ON COLUMN ingestion_schedules.selection IS 'What each run asks for, such as new or all.';
COMMENT ON COLUMN ingestion_schedules.every_seconds IS 'Seconds from one slot to the next; NULL for a cron expression.';
COMMENT ON COLUMN ingestion_schedules.cron IS 'Cron expression of five fields; NULL for a fixed interval.';
COMMENT ON COLUMN ingestion_schedules.time_zone IS 'Time zone of the cron expression, such as Europe/Berlin.';
COMMENT ON COLUMN ingestion_schedules.next_due_at IS 'The first slot (UTC) that has neither a good run nor was missed. It never moves back.';
COMMENT ON COLUMN ingestion_schedules.retry_at IS 'When (UTC) to try the slot again after a run that failed; NULL if none did.';
COMMENT ON COLUMN ingestion_schedules.failures IS 'How many runs have failed since the last good one.';
COMMENT ON COLUMN ingestion_schedules.missed IS 'How many slots had no good run.';
COMMENT ON COLUMN ingestion_schedules.paused IS 'Whether the schedule is paused.';
COMMENT ON COLUMN ingestion_schedules.note IS 'What there is to say about the last run; NULL for nothing.';

-- The slot that a run did. The schedule may be gone.
ALTER TABLE ingestion_runs
    ADD COLUMN schedule TEXT,
    ADD COLUMN due_at TIMESTAMP,
    ADD CONSTRAINT ingestion_runs_slot_is_whole CHECK ((schedule IS NULL) = (due_at IS NULL));

COMMENT ON COLUMN ingestion_runs.schedule IS 'The schedule that a worker did this run for: ingestion_schedules.name; NULL for any other run.';
COMMENT ON COLUMN ingestion_runs.due_at IS 'The slot (UTC) of the schedule; NULL for a run without a schedule.';

-- No slot has two good runs. It serves the last good one too.
CREATE UNIQUE INDEX ingestion_runs_good_slot ON ingestion_runs (schedule, due_at) WHERE status = 'succeeded';

-- +goose Down
ALTER TABLE ingestion_runs DROP COLUMN schedule, DROP COLUMN due_at;
DROP TABLE ingestion_schedules;
DROP FUNCTION liftoff_now();
