"""The tables of the home database, and the migrations that made them."""

from __future__ import annotations

from orchestrator.sandbox.standins.grist.database import Database
from orchestrator.sandbox.standins.grist.release import MIGRATIONS

_TABLES = (
    "migrations (id {serial}, timestamp BIGINT NOT NULL, name TEXT NOT NULL)",
    "activations (id TEXT PRIMARY KEY, key TEXT, prefs TEXT, created_at TEXT, updated_at TEXT)",
    # As in the product, the keys of the API stand here in clear.
    (
        "users (id {serial}, name TEXT NOT NULL, api_key TEXT UNIQUE, ref TEXT NOT NULL,"
        " type TEXT NOT NULL DEFAULT 'login', options TEXT, created_at TEXT, first_login_at TEXT,"
        " last_connection_at TEXT, disabled_at TEXT)"
    ),
    (
        "logins (id {serial}, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
        " email TEXT NOT NULL UNIQUE, display_email TEXT NOT NULL)"
    ),
    (
        "orgs (id {serial}, name TEXT NOT NULL, domain TEXT UNIQUE,"
        " owner_id INTEGER REFERENCES users, created_at TEXT, updated_at TEXT)"
    ),
    (
        "workspaces (id {serial}, name TEXT NOT NULL,"
        " org_id INTEGER NOT NULL REFERENCES orgs ON DELETE CASCADE, max_inherited TEXT,"
        " created_at TEXT, updated_at TEXT, removed_at TEXT)"
    ),
    (
        "docs (id TEXT PRIMARY KEY, name TEXT NOT NULL,"
        " workspace_id INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,"
        " is_pinned INTEGER NOT NULL DEFAULT 0, created_by INTEGER, max_inherited TEXT,"
        " created_at TEXT, updated_at TEXT, removed_at TEXT, disabled_at TEXT)"
    ),
    (
        "access (id {serial}, kind TEXT NOT NULL, resource TEXT NOT NULL,"
        " user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE, role TEXT NOT NULL,"
        " UNIQUE (kind, resource, user_id))"
    ),
    (
        "service_accounts (id {serial},"
        " owner_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
        " user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
        " label TEXT, description TEXT, expires_at TEXT NOT NULL)"
    ),
)
_FIRST = 1_546_300_800_000
_WEEK = 7 * 24 * 3600 * 1000


def migrate(database: Database) -> bool:
    """Bring the tables up to date, all in one transaction. Says whether there were none."""
    fresh = not database.has_table("migrations")
    if fresh:
        own = "INTEGER PRIMARY KEY AUTOINCREMENT" if database.is_file else "SERIAL PRIMARY KEY"
        for each in _TABLES:
            database.run(f"CREATE TABLE {each.format(serial=own)}")
    for number in range(applied(database), MIGRATIONS):
        stamp = _FIRST + number * _WEEK
        database.insert("migrations", timestamp=stamp, name=f"Migration{number + 1}{stamp}")
    return fresh


def applied(database: Database) -> int:
    """How many migrations the database has seen."""
    if not database.has_table("migrations"):
        return 0
    return int(database.value("SELECT count(*) FROM migrations"))


def revert(database: Database) -> str:
    """Forget the last migration, and no more than that one; returns its name."""
    found = database.row("SELECT * FROM migrations ORDER BY id DESC LIMIT 1") or {}
    database.run("DELETE FROM migrations WHERE id = %s", found.get("id"))
    return str(found.get("name", ""))
