"""Files that belong to a document: inside it, or beside it in the bucket."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from orchestrator.sandbox.standins.grist.database import now
from orchestrator.sandbox.standins.grist.document import Document
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, Upload, told
from orchestrator.sandbox.standins.grist.frame import Visit
from orchestrator.sandbox.standins.grist.papers import opened, row_of

_STORE = "attachmentStore"
INTERNAL, EXTERNAL = "internal", "external"


def listed(visit: Visit, name: str) -> Answer:
    """The attachments."""
    with opened(visit, name, "viewers") as document:
        query = "SELECT id, fileName, fileSize, timeUploaded FROM _grist_Attachments ORDER BY id"
        rows = document.connection.execute(query).fetchall()
    return told({"records": [_shown(*row) for row in rows]})


def add(visit: Visit, name: str) -> Answer:
    """More of them."""
    identity = row_of(visit, name, "editors")["id"]
    with opened(visit, name, "editors", "AddAttachment") as document:
        numbers = [_kept(visit, identity, document, each) for each in visit.request.uploads]
    if not numbers:
        raise RefusedError(400, "no file in the body")
    return told(numbers)


def one(visit: Visit, name: str, number: str) -> Answer:
    """What an attachment is."""
    with opened(visit, name, "viewers") as document:
        _, title, size, _, at = _row(document, number)
    return told(_shown(int(number), title, size, at)["fields"])


def download(visit: Visit, name: str, number: str) -> Answer:
    """The file itself."""
    identity = row_of(visit, name, "viewers")["id"]
    with opened(visit, name, "viewers") as document:
        ident, title, _, kind, _ = _row(document, number)
        query = "SELECT data FROM _gristsys_Files WHERE ident = ?"
        found = document.connection.execute(query, (ident,)).fetchone()
    content = found[0] if found else None
    bucket = visit.instance.library.bucket
    if content is None and bucket is not None:
        content = bucket.get(_key(bucket.prefix, identity, ident))
    if content is None:
        raise RefusedError(404, "attachment not found")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(title, safe='')}"}
    return Answer(HTTPStatus.OK, content, kind, headers)


def store(visit: Visit, name: str) -> Answer:
    """Where new ones are put."""
    with opened(visit, name, "viewers") as document:
        return told({"type": document.setting(_STORE, INTERNAL)})


def choose_store(visit: Visit, name: str) -> Answer:
    """Put new ones elsewhere, where the environment allows it."""
    kind = str(visit.request.fields.get("type"))
    if kind not in {INTERNAL, EXTERNAL}:
        raise RefusedError(400, "The type of a store is internal or external")
    allowed = visit.instance.environment.text("GRIST_EXTERNAL_ATTACHMENTS_MODE") == "snapshots"
    if kind == EXTERNAL and not (allowed and visit.instance.library.bucket):
        raise RefusedError(400, "no external stores configured")
    with opened(visit, name, "owners", "SetAttachmentStore") as document:
        document.set(_STORE, kind)
    return told({"store": kind})


def _kept(visit: Visit, identity: str, document: Document, upload: Upload) -> int:
    digest = hashlib.sha1(upload.content, usedforsecurity=False).hexdigest()
    ident = digest + PurePosixPath(upload.name).suffix.lower()
    title = PurePosixPath(upload.name).name
    bucket = visit.instance.library.bucket
    data: bytes | None = upload.content
    if document.setting(_STORE, INTERNAL) == EXTERNAL and bucket is not None:
        bucket.put(_key(bucket.prefix, identity, ident), upload.content)
        data = None
    run = document.connection.execute
    run("INSERT OR IGNORE INTO _gristsys_Files (ident, data) VALUES (?, ?)", (ident, data))
    values = (ident, title, upload.kind, len(upload.content), now())
    statement = (
        "INSERT INTO _grist_Attachments (fileIdent, fileName, fileType, fileSize, timeUploaded)"
        " VALUES (?, ?, ?, ?, ?)"
    )
    return int(run(statement, values).lastrowid or 0)


def _row(document: Document, number: str) -> tuple[Any, ...]:
    query = (
        "SELECT fileIdent, fileName, fileSize, fileType, timeUploaded"
        " FROM _grist_Attachments WHERE id = ?"
    )
    if (found := document.connection.execute(query, (int(number),)).fetchone()) is None:
        raise RefusedError(404, "Attachment not found: " + number)
    return tuple(found)


def _shown(number: int, title: str, size: int, at: str) -> dict[str, Any]:
    return {"id": number, "fields": {"fileName": title, "fileSize": size, "timeUploaded": at}}


def _key(prefix: str, identity: str, ident: str) -> str:
    return f"{prefix}attachments/{identity}/{ident}"
