-- All of the source was read since; what this run missed comes after this.
DELETE FROM ingestion_missed_ranges
WHERE source_id = $1
