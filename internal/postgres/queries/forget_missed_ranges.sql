-- All of the source was read since. What this run itself missed stays, and so
-- does what later ones missed that ran beside it: fetching it twice does no harm.
DELETE FROM ingestion_missed_ranges
WHERE source_id = $1 AND run_id < $2
