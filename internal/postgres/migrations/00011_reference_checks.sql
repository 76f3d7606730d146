-- +goose Up

-- A batch's transaction sets the flag together with its launches, so that it is
-- there however the run ends. The run that has seen to the references clears it.
ALTER TABLE ingestion_runs ADD COLUMN owes_references BOOLEAN NOT NULL DEFAULT FALSE;

COMMENT ON COLUMN ingestion_runs.owes_references IS
    'The run stored new or changed launches, and no run has fetched all that they refer to since';

CREATE INDEX ingestion_runs_owing ON ingestion_runs (id) WHERE owes_references;

-- Without a row here, as after this migration, the next run looks through all
-- launches once.
CREATE TABLE reference_checks (
    kind TEXT PRIMARY KEY CHECK (kind IN ('payloads', 'rockets', 'launchpads')),
    launches BIGINT NOT NULL,
    revisions BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    missing_ids TEXT[] NOT NULL
);

COMMENT ON TABLE reference_checks IS
    'What was there when all payloads, rockets and launchpads that launches refer to were last stored or known to be missing; '
    'other numbers of rows make a run look through all launches';
COMMENT ON COLUMN reference_checks.kind IS 'payloads, rockets or launchpads';
COMMENT ON COLUMN reference_checks.launches IS 'Rows of raw_launches';
COMMENT ON COLUMN reference_checks.revisions IS 'Rows of launch_revisions';
COMMENT ON COLUMN reference_checks.stored IS 'Rows of raw_payloads, raw_rockets or raw_launchpads, or fewer';
COMMENT ON COLUMN reference_checks.missing_ids IS
    'Ids that launches refer to and that the source did not have when it was last asked; each run asks again';

-- +goose Down
DROP TABLE reference_checks;
DROP INDEX ingestion_runs_owing;
ALTER TABLE ingestion_runs DROP COLUMN owes_references;
