-- The programs that are logged in to the server, besides the sessions $1.
SELECT DISTINCT coalesce(nullif(application_name, ''), 'a program without a name')
FROM pg_stat_activity
WHERE backend_type = 'client backend'
    AND pid <> pg_backend_pid()
    AND pid <> ALL($1::INTEGER[])
ORDER BY 1
