SELECT
    current_setting('server_version'),
    pg_encoding_to_char(encoding)::TEXT,
    clock_timestamp()
FROM pg_database
WHERE datname = current_database()
