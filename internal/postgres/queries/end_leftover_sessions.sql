-- Ends sessions of this program that have lost their client, so that they
-- release their locks. The server may have given such a number to another
-- session. If that belongs to the same program, role and database, its client
-- connects again.
SELECT pg_terminate_backend(pid, 5000)
FROM pg_stat_activity
WHERE pid = ANY($1::BIGINT[])
    AND pid <> pg_backend_pid()
    AND datname = current_database()
    AND usename = current_user
    AND application_name = current_setting('application_name')
