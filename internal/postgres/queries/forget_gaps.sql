-- Forgets the gaps of earlier runs, because all of the source was read since.
-- The gaps of this run stay, and so do those of later runs beside it: fetching
-- a gap twice does no harm.
DELETE FROM ingestion_missed_ranges
WHERE source_id = $1 AND run_id < $2
