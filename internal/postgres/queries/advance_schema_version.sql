-- As advance_numbers.sql, for the table of the migrations: while some are pending,
-- the other tables may not be there yet.
SELECT setval(pg_get_serial_sequence('liftoff_schema_version', 'id'), max(id))
FROM liftoff_schema_version
