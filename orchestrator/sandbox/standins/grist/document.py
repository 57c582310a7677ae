"""A document: a file of SQLite with tables of its own and tables about them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.grist import cells, formulas
from orchestrator.sandbox.standins.grist.exchange import RefusedError
from orchestrator.sandbox.standins.grist.release import SCHEMA_VERSION

_META = (
    (
        "CREATE TABLE IF NOT EXISTS _grist_DocInfo (id INTEGER PRIMARY KEY, docId TEXT,"
        " schemaVersion INTEGER, timezone TEXT, documentSettings TEXT)"
    ),
    "CREATE TABLE IF NOT EXISTS _grist_Tables (id INTEGER PRIMARY KEY, tableId TEXT UNIQUE)",
    (
        "CREATE TABLE IF NOT EXISTS _grist_Tables_column (id INTEGER PRIMARY KEY, parentId INTEGER,"
        " parentPos NUMERIC, colId TEXT, type TEXT, label TEXT, formula TEXT, isFormula BOOLEAN,"
        " widgetOptions TEXT)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS _grist_Attachments (id INTEGER PRIMARY KEY, fileIdent TEXT,"
        " fileName TEXT, fileType TEXT, fileSize INTEGER, timeUploaded TEXT)"
    ),
    "CREATE TABLE IF NOT EXISTS _grist_Triggers (id TEXT PRIMARY KEY, fields TEXT)",
    "CREATE TABLE IF NOT EXISTS _gristsys_Files (ident TEXT PRIMARY KEY, data BLOB)",
    (
        "CREATE TABLE IF NOT EXISTS _gristsys_ActionHistory (id INTEGER PRIMARY KEY, at TEXT,"
        " user TEXT, action TEXT)"
    ),
)
_TIMEOUT_S = 20


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    number: int
    name: str
    kind: str
    label: str
    formula: str
    is_formula: bool
    options: str


class Document:
    """One open document."""

    def __init__(self, connection: sqlite3.Connection, *, sandboxed: bool) -> None:
        self.connection = connection
        self._sandboxed = sandboxed

    def tables(self) -> dict[str, int]:
        """The tables by name, with their numbers."""
        query = "SELECT tableId, id FROM _grist_Tables ORDER BY id"
        return dict(self.connection.execute(query).fetchall())

    def table(self, name: str) -> int:
        """The number of a table. Raises RefusedError."""
        if (found := self.tables().get(name)) is None:
            raise RefusedError(404, f'Table not found "{name}"')
        return found

    def columns(self, table: str) -> list[Column]:
        """The columns of a table, in their order. Raises RefusedError."""
        query = (
            "SELECT id, colId, type, label, formula, isFormula, widgetOptions"
            " FROM _grist_Tables_column WHERE parentId = ? ORDER BY parentPos, id"
        )
        found = self.connection.execute(query, (self.table(table),)).fetchall()
        return [
            Column(number, name, kind, label, formula, bool(is_formula), options or "")
            for number, name, kind, label, formula, is_formula, options in found
        ]

    def records(self, table: str) -> list[dict[str, Any]]:
        """The records as they are kept."""
        cursor = self.connection.execute(f"SELECT * FROM {quoted(table)} ORDER BY manualSort, id")  # noqa: S608
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def compute(self, table: str, numbers: Iterable[int] | None = None) -> None:
        """Work out the formulas of some records, or of all; each in the order of the columns."""
        columns = self.columns(table)
        wanted = [each for each in columns if each.is_formula and each.formula]
        if not wanted:
            return
        only = None if numbers is None else set(numbers)
        for record in self.records(table):
            if only is not None and record["id"] not in only:
                continue
            values = {each.name: cells.shown(record[each.name], each.kind) for each in columns}
            values["id"] = record["id"]
            for each in wanted:
                kept = self._computed(each.formula, values)
                values[each.name] = cells.shown(kept, each.kind)
                statement = f"UPDATE {quoted(table)} SET {quoted(each.name)} = ? WHERE id = ?"  # noqa: S608
                self.connection.execute(statement, (kept, record["id"]))

    def setting(self, name: str, default: str) -> str:
        """A setting of the document."""
        return str(self._settings().get(name, default))

    def set(self, name: str, value: str) -> None:
        """Change a setting of the document."""
        text = json.dumps({**self._settings(), name: value})
        self.connection.execute("UPDATE _grist_DocInfo SET documentSettings = ?", (text,))

    def remember(self, user: str, action: str) -> None:
        """Write down who changed what; it stays in the file until somebody removes it."""
        statement = (
            "INSERT INTO _gristsys_ActionHistory (at, user, action)"
            " VALUES (strftime('%Y-%m-%dT%H:%M:%fZ'), ?, ?)"
        )
        self.connection.execute(statement, (user, action))

    def _settings(self) -> Mapping[str, Any]:
        found = self.connection.execute("SELECT documentSettings FROM _grist_DocInfo").fetchone()
        return dict(json.loads(found[0] or "{}"))

    def _computed(self, formula: str, values: Mapping[str, Any]) -> Any:
        try:
            found = formulas.evaluate(formula, values, sandboxed=self._sandboxed)
            return cells.kept(cells.computed(found))
        except Exception as error:  # noqa: BLE001 - a formula's fault is the cell's value
            return cells.fault(error)


@contextmanager
def opened(path: Path, *, sandboxed: bool) -> Iterator[Document]:
    """A document whose changes are kept at the end, or undone when it fails."""
    connection = sqlite3.connect(path, timeout=_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield Document(connection, sandboxed=sandboxed)
        connection.execute("COMMIT")
    finally:
        connection.close()


def create(path: Path, name: str) -> None:
    """A new document, with nothing in it."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            for each in _META:
                connection.execute(each)
            statement = "INSERT INTO _grist_DocInfo VALUES (1, ?, ?, 'Europe/Paris', '{}')"
            connection.execute(statement, (name, SCHEMA_VERSION))
    finally:
        connection.close()


def quoted(name: str) -> str:
    """A name of a table or column inside a statement; ours are words, and this makes sure."""
    if not re.fullmatch(r"\w+", name):
        raise RefusedError(400, f"Invalid name {name!r}")
    return f'"{name}"'


def identifier(wanted: str, taken: Iterable[str], default: str, *, table: bool = False) -> str:
    """A name as the product would make it of what was asked for: a word that is not taken."""
    word = re.sub(r"[^a-zA-Z0-9_]+", "_", wanted or "").strip("_").lstrip("0123456789_")
    word = word or default
    word = word[0].upper() + word[1:] if table else word
    used = {each.lower() for each in taken}
    if word.lower() not in used and word != "id":
        return word
    number = 2
    while f"{word}{number}".lower() in used:
        number += 1
    return f"{word}{number}"
