-- The numbers of the $2 runs just after the run $1.
SELECT id
FROM ingestion_runs
WHERE id > $1
ORDER BY id
LIMIT $2
