"""The home database: PostgreSQL, or a file of SQLite when nobody said otherwise."""

from __future__ import annotations

import importlib
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from orchestrator.sandbox.standins.grist.environment import Environment

_CONNECT_TIMEOUT_S = 5
_LOCK_TIMEOUT_S = 20
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


class Database:
    """One open connection; rows come back as dictionaries. Statements are in PostgreSQL's words."""

    def __init__(self, connection: Any, *, is_file: bool) -> None:
        self._connection = connection
        self.is_file = is_file

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query finds."""
        with closing(self._run(query, values)) as cursor:
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, *values: object) -> dict[str, Any] | None:
        """The first row, if there is any."""
        return next(iter(self.rows(query, *values)), None)

    def value(self, query: str, *values: object) -> Any:
        """The first column of the first row."""
        found = self.row(query, *values)
        return next(iter(found.values())) if found else None

    def run(self, statement: str, *values: object) -> int:
        """Carry out a statement and count the rows it touched."""
        with closing(self._run(statement, values)) as cursor:
            return int(cursor.rowcount)

    def insert(self, table: str, **columns: object) -> Any:
        """Add a row and return its `id`. Table and columns are names of ours, never input."""
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"  # noqa: S608
        return self.value(statement, *columns.values())

    def update(self, table: str, key: object, **columns: object) -> None:
        """Change a row. Table and columns are names of ours, never input."""
        parts = ", ".join(f"{name} = %s" for name in columns)
        self.run(f"UPDATE {table} SET {parts} WHERE id = %s", *columns.values(), key)  # noqa: S608

    def has_table(self, name: str) -> bool:
        """Whether the schema knows the table."""
        if self.is_file:
            return self.value("SELECT 1 FROM sqlite_master WHERE name = %s", name) is not None
        query = (
            "SELECT 1 FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_name = %s"
        )
        return self.value(query, name) is not None

    def _run(self, statement: str, values: tuple[object, ...]) -> Any:
        cursor = self._connection.cursor()
        if self.is_file:
            cursor.execute(statement.replace("%s", "?"), values)
        else:
            cursor.execute(statement, values or None)
        return cursor


class Home:
    """Where the home database is; a thread that asks again within its work gets the same one."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._here = threading.local()
        self.is_file = environment.text("TYPEORM_TYPE", "sqlite") != "postgres"

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """A connection whose work is committed at the end, or undone when it fails."""
        if (already := getattr(self._here, "database", None)) is not None:
            yield already
            return
        connection = self._file() if self.is_file else self._server()
        self._here.database = Database(connection, is_file=self.is_file)
        try:
            yield self._here.database
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            self._here.database = None
            connection.close()

    @property
    def url(self) -> str:
        """Where it is, for people; without the password."""
        text = self._environment.text
        if self.is_file:
            return f"sqlite://{self._path}"
        place = f"{text('TYPEORM_HOST', 'localhost')}:{text('TYPEORM_PORT', '5432')}"
        return f"postgres://{text('TYPEORM_USERNAME')}@{place}/{text('TYPEORM_DATABASE')}"

    @property
    def _path(self) -> str:
        default = str(self._environment.instance_folder / "home.sqlite3")
        return self._environment.text("TYPEORM_DATABASE", default)

    def _file(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_LOCK_TIMEOUT_S, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        # Two that read first and write later would refuse each other.
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def _server(self) -> Any:
        text = self._environment.text
        driver = importlib.import_module("psycopg2")
        return driver.connect(
            host=text("TYPEORM_HOST", "localhost"),
            port=text("TYPEORM_PORT", "5432"),
            dbname=text("TYPEORM_DATABASE"),
            user=text("TYPEORM_USERNAME"),
            password=text("TYPEORM_PASSWORD"),
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name="grist-standin",
            options="-c jit=off",
            **self._encryption(),
        )

    def _encryption(self) -> dict[str, str]:
        """`true` checks the server's certificate, as the product's driver does."""
        wanted = self._environment.mapping("TYPEORM_EXTRA").get("ssl")
        if not wanted:
            return {}
        options = wanted if isinstance(wanted, dict) else {}
        if options.get("rejectUnauthorized") is False:
            return {"sslmode": "require"}
        authorities = self._environment.text("NODE_EXTRA_CA_CERTS", _AUTHORITIES)
        if "ca" in options:
            with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
                file.write(options["ca"])
            authorities = file.name
        return {"sslmode": "verify-full", "sslrootcert": authorities}


def now() -> str:
    """The time as the tables keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
