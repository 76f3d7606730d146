UPDATE ingestion_runs
SET owes_references = FALSE
WHERE id = ANY($1::BIGINT[]) AND owes_references
