"""Records of a table: found, added, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.sandbox.standins.grist import cells
from orchestrator.sandbox.standins.grist.document import Document, quoted
from orchestrator.sandbox.standins.grist.exchange import RefusedError

Fields = Mapping[str, Any]


def found(
    document: Document, table: str, wanted: Mapping[str, Sequence[Any]], sort: str, limit: int
) -> list[dict[str, Any]]:
    """Records as the API tells them, with the faults of their formulas."""
    columns = {each.name: each for each in document.columns(table)}
    _check(set(wanted) - {"id"}, set(columns))
    answers = []
    for record in document.records(table):
        fields = {name: cells.shown(record[name], each.kind) for name, each in columns.items()}
        values = {**fields, "id": record["id"]}
        if all(values[name] in allowed for name, allowed in wanted.items()):
            answer: dict[str, Any] = {"id": record["id"], "fields": fields}
            faults = {name: cells.failed(record[name]) for name in columns}
            if errors := {name: text for name, text in faults.items() if text}:
                answer["errors"] = errors
            answers.append(answer)
    for each in reversed([part for part in sort.split(",") if part]):
        name = each.lstrip("-").partition(":")[0]
        _check({name} - {"id", "manualSort"}, set(columns))
        if name != "manualSort":
            answers.sort(key=lambda one: _order(one, name), reverse=each.startswith("-"))
    return answers[:limit] if limit else answers


def add(document: Document, table: str, rows: Sequence[Fields]) -> list[int]:
    """New records; returns their numbers."""
    _writable(document, table, rows)
    numbers = []
    for row in rows:
        names = ", ".join(quoted(name) for name in row)
        places = ", ".join("?" for _ in row)
        more, further = (f", {names}", f", {places}") if row else ("", "")
        last = f"(SELECT coalesce(max(manualSort), 0) + 1 FROM {quoted(table)})"  # noqa: S608
        statement = f"INSERT INTO {quoted(table)} (manualSort{more}) VALUES ({last}{further})"  # noqa: S608
        values = tuple(cells.kept(value) for value in row.values())
        numbers.append(int(document.connection.execute(statement, values).lastrowid or 0))
    document.compute(table, numbers)
    return numbers


def change(document: Document, table: str, rows: Mapping[int, Fields]) -> None:
    """Other values for records. Raises RefusedError."""
    _writable(document, table, list(rows.values()))
    for number, row in rows.items():
        for name, value in row.items():
            statement = f"UPDATE {quoted(table)} SET {quoted(name)} = ? WHERE id = ?"  # noqa: S608
            values = (cells.kept(value), number)
            if not document.connection.execute(statement, values).rowcount:
                raise RefusedError(400, f"Invalid row id {number}")
    document.compute(table, rows)


def remove(document: Document, table: str, numbers: Sequence[int]) -> None:
    """Records less. Raises RefusedError."""
    document.table(table)
    for number in numbers:
        statement = f"DELETE FROM {quoted(table)} WHERE id = ?"  # noqa: S608
        if not document.connection.execute(statement, (number,)).rowcount:
            raise RefusedError(400, f"Invalid row id {number}")


def upsert(document: Document, table: str, rows: Sequence[Fields], options: Fields) -> None:
    """Change the records that are as required, or add one that is."""
    many = options.get("onmany", "first")
    for row in rows:
        required, fields = row.get("require") or {}, row.get("fields") or {}
        if not required and options.get("allow_empty_require") != "true":
            raise RefusedError(400, "The require of a record is empty")
        matches = found(document, table, {name: [each] for name, each in required.items()}, "", 0)
        numbers = [each["id"] for each in matches]
        if numbers and options.get("noupdate") != "true" and many != "none":
            chosen = numbers if many == "all" else numbers[:1]
            change(document, table, dict.fromkeys(chosen, fields))
        elif not numbers and options.get("noadd") != "true":
            add(document, table, [{**required, **fields}])


def _writable(document: Document, table: str, rows: Sequence[Fields]) -> None:
    columns = document.columns(table)
    given = {name for row in rows for name in row}
    _check(given, {each.name for each in columns} | {"manualSort"})
    computed = {each.name for each in columns if each.is_formula and each.formula}
    if blocked := sorted(given & computed):
        raise RefusedError(400, f"Can't save value to formula column {blocked[0]}")


def _check(names: set[str], known: set[str]) -> None:
    if unknown := sorted(names - known):
        raise RefusedError(400, f'Invalid column "{unknown[0]}"')


def _order(record: Mapping[str, Any], name: str) -> tuple[int, float, str]:
    value = record["id"] if name == "id" else record["fields"][name]
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))
