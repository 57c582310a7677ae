"""Connections to PostgreSQL, one for each piece of work."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from orchestrator.sandbox.standins.decidim.environment import Environment

_CONNECT_TIMEOUT_S = 5


class Database:
    """One open connection; rows come back as dictionaries."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query finds."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, values or None)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, *values: object) -> dict[str, Any] | None:
        """The first row, if there is any."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def value(self, query: str, *values: object) -> Any:
        """The first column of the first row."""
        found = self.row(query, *values)
        return next(iter(found.values())) if found else None

    def run(self, statement: str, *values: object) -> int:
        """Carry out a statement and count the rows it touched."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return int(cursor.rowcount)

    def insert(self, table: str, **columns: object) -> int:
        """Add a row and return its `id`. Table and columns are names of ours, never input."""
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"  # noqa: S608
        return int(self.value(statement, *(adapted(each) for each in columns.values())))

    def update(self, table: str, number: int, **columns: object) -> None:
        """Change a row and its `updated_at`. Table and columns are names of ours, never input."""
        parts = ", ".join(f"{name} = %s" for name in columns)
        statement = f"UPDATE {table} SET {parts}, updated_at = now() WHERE id = %s"  # noqa: S608
        self.run(statement, *(adapted(each) for each in columns.values()), number)

    def has_column(self, table: str, column: str) -> bool:
        """Whether the schema knows the column."""
        query = (
            "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND table_name = %s AND column_name = %s"
        )
        return self.row(query, table, column) is not None

    def commit(self) -> None:
        """Make what was done until now last."""
        self._connection.commit()

    def rollback(self) -> None:
        """Forget what was done since the last commit."""
        self._connection.rollback()


def adapted(value: object) -> object:
    """A value as the driver takes it: dictionaries become JSON, tuples become arrays."""
    if isinstance(value, dict):
        return importlib.import_module("psycopg2.extras").Json(value)
    return list(value) if isinstance(value, tuple) else value


@contextmanager
def connected(environment: Environment) -> Iterator[Database]:
    """A connection whose work is committed at the end, or undone when it fails."""
    driver = importlib.import_module("psycopg2")
    connection = driver.connect(
        environment.database_url,
        connect_timeout=_CONNECT_TIMEOUT_S,
        application_name="decidim-standin",
    )
    try:
        with connection:
            yield Database(connection)
    finally:
        connection.close()


def one_of(values: Sequence[object]) -> str:
    """As many placeholders as there are values, for `IN (…)`."""
    return ", ".join(["%s"] * len(values))
