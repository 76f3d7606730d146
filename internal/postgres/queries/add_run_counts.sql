UPDATE ingestion_runs
SET
    pages = pages + $2,
    fetched = fetched + $3,
    inserted = inserted + $4,
    unchanged = unchanged + $5,
    revised = revised + $6,
    quarantined = quarantined + $7,
    bytes = bytes + $8,
    owes_references = owes_references OR $4 + $6 > 0
WHERE id = $1 AND status = 'running'
