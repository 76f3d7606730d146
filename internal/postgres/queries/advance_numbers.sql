-- Sets the sequences that number the program's rows to the largest number, where
-- they are behind it. If another session has taken a number meanwhile, the next
-- session that gets it sets the sequence again.
SELECT setval(numbered.sequence, numbered.largest)
FROM (
    VALUES
    (pg_get_serial_sequence('ingestion_sources', 'id')::REGCLASS, (SELECT max(id) FROM ingestion_sources)),
    (pg_get_serial_sequence('ingestion_runs', 'id')::REGCLASS, (SELECT max(id) FROM ingestion_runs)),
    (pg_get_serial_sequence('ingestion_missed_ranges', 'id')::REGCLASS, (SELECT max(id) FROM ingestion_missed_ranges)),
    (pg_get_serial_sequence('ingestion_backfills', 'id')::REGCLASS, (SELECT max(id) FROM ingestion_backfills)),
    (pg_get_serial_sequence('quarantined_records', 'id')::REGCLASS, (SELECT max(id) FROM quarantined_records))
) AS numbered (sequence, largest)
WHERE numbered.largest > coalesce(pg_sequence_last_value(numbered.sequence), 0)
