-- The present moment, and the last slot of a schedule of this name that had a good run,
-- also if it was removed since.
SELECT
    liftoff_now(),
    (SELECT max(due_at) FROM ingestion_runs WHERE schedule = $1 AND status = 'succeeded')
