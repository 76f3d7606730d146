-- A good run has read all launches of a source: how many, for the shrink guard,
-- and when it began, if it also looked for launches that are missing ($5). If
-- the user accepted that the source has shrunk ($4), the guard starts anew.
UPDATE ingestion_sources AS source
SET
    most_launches = CASE WHEN $4 THEN run.fetched ELSE greatest(source.most_launches, run.fetched) END,
    missing_checked_at = CASE WHEN $5 THEN $3::TEXT::TIMESTAMP ELSE source.missing_checked_at END
FROM ingestion_runs AS run
WHERE source.id = $1 AND run.id = $2
