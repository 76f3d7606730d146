-- Of two runs at once the last one counts: then the numbers are too low, and the
-- next run looks through all launches.
INSERT INTO reference_checks AS known (kind, launches, revisions, stored, missing_ids)
VALUES ($1, $2, $3, $4, $5::TEXT[])
ON CONFLICT (kind) DO UPDATE SET
    launches = excluded.launches,
    revisions = excluded.revisions,
    stored = excluded.stored,
    missing_ids = excluded.missing_ids
WHERE (known.launches, known.revisions, known.stored, known.missing_ids)
    IS DISTINCT FROM (excluded.launches, excluded.revisions, excluded.stored, excluded.missing_ids)
