-- The server's other databases, but the one that every server has.
SELECT datname
FROM pg_database
WHERE datallowconn
    AND NOT datistemplate
    AND datname NOT IN ('postgres', current_database())
    AND has_database_privilege(oid, 'CONNECT')
ORDER BY datname
