-- What changes whenever a run begins or ends, or the quarantine or a schedule changes.
-- The clocks of several machines are no guide to that: numbers are.
SELECT
    (SELECT coalesce(max(id), 0) FROM ingestion_runs),
    (SELECT count(*) FROM ingestion_runs WHERE status = 'running'),
    (SELECT coalesce(max(id), 0) FROM quarantined_records),
    (SELECT count(*) FROM (SELECT FROM quarantined_records WHERE resolved_at IS NULL LIMIT 10001) AS open),
    (SELECT coalesce(md5(string_agg(schedule::TEXT, E'\n' ORDER BY schedule.name COLLATE "C")), '') FROM ingestion_schedules AS schedule)
