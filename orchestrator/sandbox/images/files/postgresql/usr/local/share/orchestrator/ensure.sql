-- Makes role, database and extensions what environment and secret files say; run at every start.
-- A failing statement is logged as it was sent: these hold passwords, so none is.
SET log_min_error_statement TO panic;
SET log_statement TO 'none';
SET log_min_duration_statement TO -1;

\set role `printf %s "$role"`
\set database `printf %s "$database"`
\set password `head -n 1 "$secrets/password"`
\set superuser_password `head -n 1 "$secrets/superuser_password"`

SELECT format('CREATE ROLE %I', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'password';
ALTER ROLE postgres PASSWORD :'superuser_password';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;

\connect :"database"
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
