-- What the database knows of the run $1 besides its row in list_runs.sql.
SELECT
    run.owes_references,
    (SELECT count(*) FROM quarantined_records AS record WHERE record.run_id = run.id AND record.resolved_at IS NULL) AS open_records,
    source.watermark
FROM ingestion_runs AS run
INNER JOIN ingestion_sources AS source ON source.id = run.source_id
WHERE run.id = $1
