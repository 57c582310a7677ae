"""Bringing the schema to the release's: strictly, or as the hoster's upgrade task does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.release import Release
from orchestrator.sandbox.standins.decidim.schema import DATA_MIGRATIONS, Migration, migrations_of

Say = Callable[[str], None]

# The framework's own lock, so that two migrating pods do not meet.
_LOCK = 2053462845
_BOOK = """
CREATE TABLE IF NOT EXISTS schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE IF NOT EXISTS ar_internal_metadata (
    key varchar PRIMARY KEY, value varchar, created_at timestamp NOT NULL DEFAULT now(),
    updated_at timestamp NOT NULL DEFAULT now());
INSERT INTO ar_internal_metadata (key, value) VALUES ('environment', 'production')
    ON CONFLICT DO NOTHING;
"""
_DATA_BOOK = "CREATE TABLE IF NOT EXISTS data_migrations (version varchar PRIMARY KEY)"


class ConcurrentMigrationError(Exception):
    """Another process migrates this database."""


class PendingMigrationsError(Exception):
    """The image has migrations that the database has not seen."""


def applied(database: Database) -> frozenset[str]:
    """Versions that the database says were carried out; none when it was never migrated."""
    if database.value("SELECT to_regclass('schema_migrations')") is None:
        return frozenset()
    return frozenset(
        row["version"] for row in database.rows("SELECT version FROM schema_migrations")
    )


def pending(release: Release, done: Iterable[str]) -> tuple[Migration, ...]:
    """What the image has and the database has not."""
    known = frozenset(done)
    return tuple(each for each in migrations_of(release) if each.version not in known)


def difference(release: Release, done: Iterable[str]) -> str:
    """Why code and schema do not fit, or ''. A newer schema does not fit either."""
    current = max(done, default="0")
    if current == release.schema_version and not pending(release, done):
        return ""
    return (
        f"Current database version ({current}) does not match latest migration"
        f" ({release.schema_version})"
    )


def migrate(database: Database, release: Release, say: Say) -> None:
    """Carry out what is pending; the first fault ends it and is raised."""
    _locked(database)
    database.run(_BOOK)
    database.commit()
    for migration in pending(release, applied(database)):
        _carry_out(database, migration, say)


def migrate_by_force(database: Database, release: Release, say: Say) -> None:
    """Carry out what is pending; a migration that fails is logged and marked as done."""
    _locked(database)
    database.run(_BOOK)
    database.commit()
    for migration in pending(release, applied(database)):
        try:
            _carry_out(database, migration, say)
        except Exception as fault:  # noqa: BLE001 - the product's own trap
            database.rollback()
            say(f"{migration.version} {migration.name}: failed ({_first_line(fault)}), forced up")
            _mark(database, migration.version)


def migrate_data(database: Database, say: Say) -> None:
    """The migrations of data, which have a book of their own."""
    database.run(_DATA_BOOK)
    for version in DATA_MIGRATIONS:
        statement = "INSERT INTO data_migrations (version) VALUES (%s) ON CONFLICT DO NOTHING"
        if database.run(statement, version):
            say(f"== {version} FillTaxonomies: migrated (0.0s)")


def status(release: Release, done: frozenset[str]) -> str:
    """The table of `db:migrate:status`."""
    known = {each.version: each.name for each in migrations_of(release)}
    lines = [" Status   Migration ID    Migration Name", "-" * 50]
    for version in sorted({*known, *done}):
        mark = "up" if version in done else "down"
        name = known.get(version, "********** NO FILE **********")
        lines.append(f"  {mark:^6}  {version:<14}  {name}")
    return "\n".join(lines)


def _carry_out(database: Database, migration: Migration, say: Say) -> None:
    say(f"== {migration.version} {migration.name}: migrating")
    database.run(migration.sql)
    _mark(database, migration.version)
    say(f"== {migration.version} {migration.name}: migrated")


def _mark(database: Database, version: str) -> None:
    database.run("INSERT INTO schema_migrations (version) VALUES (%s)", version)
    database.commit()


def _locked(database: Database) -> None:
    # Held by the session, so it ends with the connection, whatever happens.
    if not database.value("SELECT pg_try_advisory_lock(%s)", _LOCK):
        raise ConcurrentMigrationError(
            "Cannot run migrations because another migration process is currently running."
        )


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0]
