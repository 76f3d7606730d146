-- The newest runs, those before the run $4 if that is not 0, or the run $2 if it is not 0, each with the gaps that it left and no later run has
-- fetched. The two lists are in the same order; '' stands for the end of the
-- source.
SELECT
    run.id,
    source.url,
    run.selection,
    run.command,
    run.program_version,
    run.status,
    run.started_at,
    run.finished_at,
    run.pages,
    coalesce(run.announced, -1) AS announced,
    run.fetched,
    run.inserted,
    run.unchanged,
    run.revised,
    run.quarantined,
    run.missing,
    run.bytes,
    coalesce(run.error, '') AS error,
    coalesce(run.schedule, '') AS schedule,
    run.due_at,
    run.requests,
    run.retries,
    run.fetch_ms,
    run.decode_ms,
    run.store_ms,
    run.references_ms,
    run.view_ms,
    run.peak_memory_bytes,
    gap.after_ids,
    gap.before_ids
FROM ingestion_runs AS run
INNER JOIN ingestion_sources AS source ON source.id = run.source_id
LEFT JOIN (
    SELECT
        run_id,
        array_agg(after_id ORDER BY id) AS after_ids,
        array_agg(coalesce(before_id, '') ORDER BY id) AS before_ids
    FROM ingestion_missed_ranges
    GROUP BY run_id
) AS gap ON gap.run_id = run.id
WHERE ($2::BIGINT = 0 OR run.id = $2)
    AND ($3 = '' OR starts_with(run.id::TEXT, $3))
    AND ($4::BIGINT = 0 OR run.id < $4)
ORDER BY run.id DESC
LIMIT $1
