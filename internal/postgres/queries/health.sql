-- The moment, the versions, and how many records are in quarantine.
SELECT
    liftoff_now(),
    (SELECT coalesce(max(version_id), 0) FROM liftoff_schema_version WHERE is_applied),
    current_setting('server_version'),
    (SELECT count(*) FROM quarantined_records WHERE resolved_at IS NULL)
