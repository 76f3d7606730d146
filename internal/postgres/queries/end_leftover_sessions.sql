-- Sessions of this program whose other end is gone, so that they hold their
-- locks no longer. Numbers may be used again, but hardly for another one of the
-- same program, role and database; and that one would connect again.
SELECT pg_terminate_backend(pid, 5000)
FROM pg_stat_activity
WHERE pid = ANY($1::BIGINT[])
    AND pid <> pg_backend_pid()
    AND datname = current_database()
    AND usename = current_user
    AND application_name = current_setting('application_name')
