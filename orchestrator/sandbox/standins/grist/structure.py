"""Changing the tables and columns of a document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.grist import cells
from orchestrator.sandbox.standins.grist.document import Column, Document, identifier, quoted
from orchestrator.sandbox.standins.grist.exchange import RefusedError

_FIELDS = {
    "type": "type",
    "label": "label",
    "formula": "formula",
    "isFormula": "isFormula",
    "widgetOptions": "widgetOptions",
}


def add_table(document: Document, wanted: Mapping[str, Any]) -> str:
    """A new table; returns the name it got."""
    name = identifier(str(wanted.get("id") or ""), document.tables(), "Table1", table=True)
    run = document.connection.execute
    run("INSERT INTO _grist_Tables (tableId) VALUES (?)", (name,))
    run(f"CREATE TABLE {quoted(name)} (id INTEGER PRIMARY KEY, manualSort NUMERIC)")
    for each in wanted.get("columns") or ():
        add_column(document, name, each)
    return name


def rename_table(document: Document, name: str, wanted: str) -> None:
    """Another name for a table. Raises RefusedError."""
    number = document.table(name)
    others = [each for each in document.tables() if each != name]
    better = identifier(wanted, others, name, table=True)
    document.connection.execute(
        "UPDATE _grist_Tables SET tableId = ? WHERE id = ?", (better, number)
    )
    if better != name:
        document.connection.execute(f"ALTER TABLE {quoted(name)} RENAME TO {quoted(better)}")


def add_column(document: Document, table: str, wanted: Mapping[str, Any]) -> str:
    """A new column; returns the name it got. Raises RefusedError."""
    number, columns = document.table(table), document.columns(table)
    fields = _fields(wanted)
    taken = [each.name for each in columns] + ["id", "manualSort"]
    label = str(fields.get("label") or wanted.get("id") or "")
    name = identifier(str(wanted.get("id") or label), taken, chr(ord("A") + len(columns) % 26))
    formula = str(fields.get("formula") or "")
    kind = str(fields.get("type") or "Any")
    is_formula = bool(fields.get("isFormula", bool(formula)))
    document.connection.execute(
        "INSERT INTO _grist_Tables_column (parentId, parentPos, colId, type, label, formula,"
        " isFormula, widgetOptions) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, len(columns) + 1, name, kind, label or name, formula, is_formula),
            _options(fields.get("widgetOptions")),
        ),
    )
    first = cells.default(kind)
    ending = "" if first is None else f" DEFAULT {first!r}"
    statement = f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {cells.storage(kind)}"
    document.connection.execute(statement + ending)
    document.compute(table)
    return name


def change_column(document: Document, table: str, wanted: Mapping[str, Any]) -> None:
    """Change what a column is. Raises RefusedError."""
    column = column_of(document, table, str(wanted.get("id")))
    for name, value in _fields(wanted).items():
        if name == "colId" and str(value) != column.name:
            _rename_column(document, table, column, str(value))
        elif name in _FIELDS:
            kept = _options(value) if name == "widgetOptions" else value
            statement = f"UPDATE _grist_Tables_column SET {_FIELDS[name]} = ? WHERE id = ?"  # noqa: S608
            document.connection.execute(statement, (kept, column.number))
    document.compute(table)


def remove_column(document: Document, table: str, name: str) -> None:
    """A column less. Raises RefusedError."""
    column = column_of(document, table, name)
    run = document.connection.execute
    run("DELETE FROM _grist_Tables_column WHERE id = ?", (column.number,))
    run(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(name)}")
    document.compute(table)


def column_of(document: Document, table: str, name: str) -> Column:
    """A column by its name. Raises RefusedError."""
    found = [each for each in document.columns(table) if each.name == name]
    if not found:
        raise RefusedError(404, f'Column not found "{name}"')
    return found[0]


def shown(column: Column) -> dict[str, Any]:
    """A column as the API tells it."""
    return {
        "id": column.name,
        "fields": {
            "colRef": column.number,
            "type": column.kind,
            "label": column.label,
            "formula": column.formula,
            "isFormula": column.is_formula,
            "widgetOptions": column.options,
        },
    }


def _rename_column(document: Document, table: str, column: Column, wanted: str) -> None:
    others = [each.name for each in document.columns(table) if each.name != column.name]
    name = identifier(wanted, [*others, "id", "manualSort"], column.name)
    run = document.connection.execute
    run("UPDATE _grist_Tables_column SET colId = ? WHERE id = ?", (name, column.number))
    if name != column.name:
        run(f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(column.name)} TO {quoted(name)}")


def _fields(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    found = wanted.get("fields") or {}
    if not isinstance(found, dict):
        raise RefusedError(400, "The fields of a column are not an object")
    return found


def _options(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if value else ""
