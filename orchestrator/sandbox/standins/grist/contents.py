"""The API of what is in a document: tables, columns, records, questions in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.grist import queries, records, structure
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit
from orchestrator.sandbox.standins.grist.papers import opened, row_of


def tables(visit: Visit, name: str) -> Answer:
    """The tables."""
    with opened(visit, name, "viewers") as document:
        found = document.tables()
    listed = [{"id": each, "fields": {"tableRef": number}} for each, number in found.items()]
    return told({"tables": listed})


def add_tables(visit: Visit, name: str) -> Answer:
    """More tables."""
    with opened(visit, name, "editors", "AddTable") as document:
        made = [structure.add_table(document, each) for each in _rows(visit, "tables")]
    return told({"tables": [{"id": each} for each in made]})


def change_tables(visit: Visit, name: str) -> Answer:
    """Other names for tables."""
    with opened(visit, name, "editors", "RenameTable") as document:
        for each in _rows(visit, "tables"):
            wanted = (each.get("fields") or {}).get("tableId") or each.get("id")
            structure.rename_table(document, str(each.get("id")), str(wanted))
    return told(None)


def columns(visit: Visit, name: str, table: str) -> Answer:
    """The columns of a table."""
    with opened(visit, name, "viewers") as document:
        found = document.columns(table)
    return told({"columns": [structure.shown(each) for each in found]})


def add_columns(visit: Visit, name: str, table: str) -> Answer:
    """More columns."""
    with opened(visit, name, "editors", "AddColumn") as document:
        wanted = _rows(visit, "columns")
        made = [structure.add_column(document, table, each) for each in wanted]
    return told({"columns": [{"id": each} for each in made]})


def change_columns(visit: Visit, name: str, table: str) -> Answer:
    """Columns that are otherwise."""
    with opened(visit, name, "editors", "ModifyColumn") as document:
        for each in _rows(visit, "columns"):
            structure.change_column(document, table, each)
    return told(None)


def put_columns(visit: Visit, name: str, table: str) -> Answer:
    """Change the columns that are there, add those that are not."""
    query = visit.request.query
    with opened(visit, name, "editors", "ModifyColumn") as document:
        for each in _rows(visit, "columns"):
            known = {column.name for column in document.columns(table)}
            if each.get("id") not in known:
                if query.get("noadd") != "true":
                    structure.add_column(document, table, each)
            elif query.get("noupdate") != "true":
                structure.change_column(document, table, each)
    return told(None)


def remove_column(visit: Visit, name: str, table: str, column: str) -> Answer:
    """A column less."""
    with opened(visit, name, "editors", "RemoveColumn") as document:
        structure.remove_column(document, table, column)
    return told(None)


def found_records(visit: Visit, name: str, table: str) -> Answer:
    """The records, or those that a filter lets through."""
    return told({"records": _found(visit, name, table)})


def found_data(visit: Visit, name: str, table: str) -> Answer:
    """The same by columns."""
    found = _found(visit, name, table)
    with opened(visit, name, "viewers") as document:
        names = [each.name for each in document.columns(table)]
    data = {each: [record["fields"][each] for record in found] for each in names}
    return told({"id": [record["id"] for record in found], **data})


def add_records(visit: Visit, name: str, table: str) -> Answer:
    """More records."""
    rows = [each.get("fields") or {} for each in _rows(visit, "records")]
    with opened(visit, name, "editors", "BulkAddRecord") as document:
        document.table(table)
        numbers = records.add(document, table, rows)
    return told({"records": [{"id": each} for each in numbers]})


def change_records(visit: Visit, name: str, table: str) -> Answer:
    """Records that say something else."""
    rows = {int(each.get("id", 0)): each.get("fields") or {} for each in _rows(visit, "records")}
    with opened(visit, name, "editors", "BulkUpdateRecord") as document:
        records.change(document, table, rows)
    return told(None)


def put_records(visit: Visit, name: str, table: str) -> Answer:
    """Change the records that are as required, add those that are not there."""
    with opened(visit, name, "editors", "AddOrUpdateRecord") as document:
        records.upsert(document, table, _rows(visit, "records"), visit.request.query)
    return told(None)


def remove_records(visit: Visit, name: str, table: str) -> Answer:
    """Records less."""
    numbers = visit.request.json
    if not isinstance(numbers, list) or not all(isinstance(each, int) for each in numbers):
        raise RefusedError(400, "The body is no list of numbers")
    with opened(visit, name, "editors", "BulkRemoveRecord") as document:
        records.remove(document, table, numbers)
    return told(None)


def sql(visit: Visit, name: str) -> Answer:
    """A question in SQL, which changes nothing."""
    query = visit.request.query
    asked: Mapping[str, Any] = visit.request.fields if visit.request.method == "POST" else {}
    statement = str(asked.get("sql") or query.get("q") or "")
    path = visit.instance.library.path(row_of(visit, name, "viewers")["id"])
    found = queries.asked(path, statement, asked.get("args") or (), int(asked.get("timeout", 1000)))
    return told({"statement": statement, "records": found})


def _found(visit: Visit, name: str, table: str) -> list[dict[str, Any]]:
    query, headers = visit.request.query, visit.request.headers
    try:
        wanted = json.loads(query.get("filter", "{}"))
        limit = int(query.get("limit") or headers.get("x-limit") or 0)
        if not isinstance(wanted, dict) or not all(
            isinstance(each, list) for each in wanted.values()
        ):
            raise ValueError
    except ValueError:
        raise RefusedError(400, "Invalid filter or limit") from None
    sort = query.get("sort") or headers.get("x-sort") or ""
    with opened(visit, name, "viewers") as document:
        return records.found(document, table, wanted, sort, limit)


def _rows(visit: Visit, what: str) -> list[dict[str, Any]]:
    found = visit.request.fields.get(what)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise RefusedError(400, f"{what} is missing")
    return found
