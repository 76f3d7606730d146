-- Sets the passwords of the roles that log in to the stack. Run after hand-over.sql.

-- The statements with passwords must not get into the server's log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;

\set owner_password `cat /passwords/ingestion/postgres_password`
\set trino_password `cat /passwords/trino/postgres_password`
\set reader_password `cat /passwords/reader/postgres_password`
ALTER ROLE liftoff_owner PASSWORD :'owner_password';
ALTER ROLE liftoff_trino PASSWORD :'trino_password';
ALTER ROLE liftoff_reader PASSWORD :'reader_password';

-- Yours, so that a new POSTGRES_PASSWORD is what PostgreSQL asks for. The default
-- never takes the place of one that you have set with \password.
\set superuser_password `cat /passwords/superuser/postgres_password`
SELECT :'superuser_password' <> 'spacex' AS has_own_password \gset
\if :has_own_password
ALTER ROLE CURRENT_USER PASSWORD :'superuser_password';
\endif
