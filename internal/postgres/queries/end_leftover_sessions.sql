-- Ends sessions of this program that have lost their client, so that they
-- release their locks. After a restart the server may have given such a number
-- to another session; that one is younger than the lost one ($2: seconds, and
-- the clocks may differ a little).
SELECT pg_terminate_backend(pid, 5000)
FROM pg_stat_activity
INNER JOIN unnest($1::BIGINT[], $2::FLOAT8[]) AS lost (lost_pid, age) ON lost.lost_pid = pid
WHERE pid <> pg_backend_pid()
    AND clock_timestamp() - backend_start > make_interval(secs => lost.age - 1)
    AND datname = current_database()
    AND usename = current_user
    AND application_name = current_setting('application_name')
