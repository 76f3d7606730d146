UPDATE ingestion_sources
SET
    watermark = run.started_at,
    newest_launch_id = greatest(coalesce(newest_launch_id, '') COLLATE "C", $2::TEXT),
    list_tag = nullif($3::TEXT, ''),
    list_launches = (SELECT count(*) FROM known_launches WHERE source_id = $1)
FROM ingestion_runs AS run
WHERE ingestion_sources.id = $1 AND run.id = $4
