-- The tables in which the end of a run is not as it was sent: its row in the
-- ledger, its gaps, the marks of missing launches, and the watermark.
SELECT 'ingestion_runs'
WHERE NOT EXISTS (
    SELECT
    FROM ingestion_runs
    WHERE id = $1
        AND status = $2
        AND finished_at = greatest(started_at, $3::TEXT::TIMESTAMP)
        AND error IS NOT DISTINCT FROM nullif($4, '')
        AND announced IS NOT DISTINCT FROM nullif($5::BIGINT, -1)
        AND missing = cardinality($6::TEXT[])
)
UNION ALL
SELECT 'known_launches'
WHERE EXISTS (SELECT FROM known_launches WHERE id = ANY($6::TEXT[]) AND missing_since IS NULL AND source_id = $9)
UNION ALL
SELECT 'ingestion_missed_ranges'
WHERE $7::INTEGER <> (SELECT count(*) FROM ingestion_missed_ranges WHERE run_id = $1)
UNION ALL
SELECT 'ingestion_sources'
WHERE $8 <> ''
    AND NOT EXISTS (
        SELECT
        FROM ingestion_sources
        WHERE id = $9
            AND watermark = $8::TEXT::TIMESTAMP
            AND list_tag IS NOT DISTINCT FROM nullif($10::TEXT, '')
    )
