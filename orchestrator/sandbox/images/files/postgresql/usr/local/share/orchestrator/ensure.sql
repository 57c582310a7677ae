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

-- Scheduled backups come from a pod of their own, as a role that may begin and end one, and look at
-- settings; it reads no table.
\connect postgres
\set backups `test -s "$backups/password" && echo yes || echo no`
SELECT :'backups' = 'yes' AS backups \gset
\if :backups
\set backup_password `head -n 1 "$backups/password"`
SELECT 'CREATE ROLE backup' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backup') \gexec
ALTER ROLE backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'backup_password';
GRANT CONNECT ON DATABASE postgres TO backup;
GRANT pg_read_all_settings TO backup;
GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean),
    pg_create_restore_point(text), pg_switch_wal() TO backup;
\endif
