"""Documents and tables as files: the document itself, text, and sheets of Excel."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from orchestrator.sandbox.standins.grist import cells, structure
from orchestrator.sandbox.standins.grist.document import Document
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit
from orchestrator.sandbox.standins.grist.papers import opened, row_of

_SPACE = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LONGEST_TITLE = 31
Rows = Sequence[Sequence[Any]]


def document(visit: Visit, name: str) -> Answer:
    """The document as it is kept."""
    row = row_of(visit, name, "viewers")
    content = visit.instance.library.copy(row["id"])
    return _file(content, "application/x-sqlite3", f"{row['name']}.grist")


def text(visit: Visit, name: str) -> Answer:
    """One table in lines of comma-separated values."""
    table = _table(visit)
    by_name = visit.request.query.get("header") == "colId"
    with opened(visit, name, "viewers") as found:
        rows = _rows(found, table, by_name=by_name)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return _file(stream.getvalue().encode(), "text/csv; charset=utf-8", f"{table}.csv")


def sheets(visit: Visit, name: str) -> Answer:
    """All tables, or one, as sheets."""
    only = visit.request.query.get("tableId")
    with opened(visit, name, "viewers") as found:
        names = [only] if only else list(found.tables())
        tables = {each: _rows(found, each, by_name=False) for each in names}
        title = row_of(visit, name, "viewers")["name"]
    return _file(workbook(tables), f"{_SHEET}.sheet", f"{title}.xlsx")


def schema(visit: Visit, name: str) -> Answer:
    """What a table looks like, in the words of frictionless data."""
    table = _table(visit)
    kinds = {"Int": "integer", "Numeric": "number", "Bool": "boolean", "Date": "date"}
    with opened(visit, name, "viewers") as found:
        columns = [structure.shown(each) for each in found.columns(table)]
    fields = [
        {"name": each["fields"]["label"], "type": kinds.get(each["fields"]["type"], "string")}
        for each in columns
    ]
    return told({"name": table.lower(), "title": table, "schema": {"fields": fields}})


def workbook(tables: dict[str, Rows]) -> bytes:
    """The smallest file that a spreadsheet program opens."""
    rels, main = f"{_SPACE}/package/2006/relationships", f"{_SPACE}/spreadsheetml/2006/main"
    links = f"{_SPACE}/officeDocument/2006/relationships"
    numbers = range(1, len(tables) + 1)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:

        def write(path: str, element: str) -> None:
            archive.writestr(path, _HEAD + element)

        parts = "".join(
            f'<Override PartName="/xl/{path}.xml" ContentType="{_SHEET}.{kind}+xml"/>'
            for path, kind in [("workbook", "sheet.main")]
            + [(f"worksheets/sheet{each}", "worksheet") for each in numbers]
        )
        plain = "application/vnd.openxmlformats-package.relationships+xml"
        types = f'<Default Extension="rels" ContentType="{plain}"/>{parts}'
        place = f"{_SPACE}/package/2006/content-types"
        write("[Content_Types].xml", f'<Types xmlns="{place}">{types}</Types>')
        target = f'<Relationship Id="r1" Type="{links}/officeDocument" Target="xl/workbook.xml"/>'
        write("_rels/.rels", f'<Relationships xmlns="{rels}">{target}</Relationships>')
        targets = "".join(
            f'<Relationship Id="r{each}" Type="{links}/worksheet"'
            f' Target="worksheets/sheet{each}.xml"/>'
            for each in numbers
        )
        write(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{rels}">{targets}</Relationships>'
        )
        listed = "".join(
            f'<sheet name="{escape(name[:_LONGEST_TITLE])}" sheetId="{each}" r:id="r{each}"/>'
            for each, name in zip(numbers, tables, strict=True)
        )
        spaces = f'xmlns="{main}" xmlns:r="{links}"'
        write("xl/workbook.xml", f"<workbook {spaces}><sheets>{listed}</sheets></workbook>")
        for each, rows in zip(numbers, tables.values(), strict=True):
            lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            data = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
            write(f"xl/worksheets/sheet{each}.xml", data)
    return stream.getvalue()


def _rows(found: Document, table: str, *, by_name: bool) -> Rows:
    columns = found.columns(table)
    head = [each.name if by_name else each.label for each in columns]
    lines = [
        [cells.shown(record[each.name], each.kind) for each in columns]
        for record in found.records(table)
    ]
    return [head, *lines]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if value is None:
        return "<c/>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _table(visit: Visit) -> str:
    if not (table := visit.request.query.get("tableId", "")):
        raise RefusedError(400, "tableId parameter is required")
    return table


def _file(content: bytes, kind: str, name: str) -> Answer:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Answer(HTTPStatus.OK, content, kind, headers)
