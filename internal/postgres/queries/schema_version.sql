SELECT coalesce(max(version_id), 0) FROM liftoff_schema_version WHERE is_applied
