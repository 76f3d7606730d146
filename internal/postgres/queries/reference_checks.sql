SELECT
    kind,
    launches,
    revisions,
    stored,
    missing_ids
FROM reference_checks
