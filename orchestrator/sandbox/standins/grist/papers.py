"""The API of one document as a whole: name, access, history, snapshots, attachments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.sandbox.standins.grist import access, sites
from orchestrator.sandbox.standins.grist.database import now
from orchestrator.sandbox.standins.grist.document import Document
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit


def row_of(visit: Visit, name: str, least: str) -> dict[str, Any]:
    """A document that the visitor may use that far. Raises RefusedError."""
    row = sites.document(visit.database, name)
    access.demand(visit.database, visit.user, access.DOCUMENT, row, least)
    if row["disabled_at"] and not visit.is_admin:
        raise RefusedError(403, "Document is disabled")
    return row


@contextmanager
def opened(visit: Visit, name: str, least: str, action: str = "") -> Iterator[Document]:
    """The document itself; with an action, it is going to change."""
    row = row_of(visit, name, least)
    with visit.instance.library.opened(row["id"], changes=bool(action)) as document:
        if action:
            document.remember(visit.user["email"], action)
        yield document
    if action:
        visit.database.update("docs", row["id"], updated_at=now())


def document(visit: Visit, name: str) -> Answer:
    """What it is called, and where it lies."""
    row = row_of(visit, name, "viewers")
    parent = sites.workspace(visit.database, row["workspace_id"])
    shown = sites.shown_workspace(visit.database, parent, visit.user)
    org = sites.org(visit.database, str(parent["org_id"]), visit.user)
    place = {**shown, "org": sites.shown_org(visit.database, org, visit.user)}
    return told({**sites.shown_document(visit.database, row, visit.user), "workspace": place})


def change(visit: Visit, name: str) -> Answer:
    """Another name, or another place in the list."""
    row, asked = row_of(visit, name, "editors"), visit.request.fields
    title, pinned = asked.get("name") or row["name"], asked.get("isPinned", row["is_pinned"])
    visit.database.update(
        "docs", row["id"], name=str(title), is_pinned=int(pinned), updated_at=now()
    )
    return told(None)


def delete(visit: Visit, name: str) -> Answer:
    """The document, every version and every attachment, at once."""
    row = row_of(visit, name, "owners")
    visit.instance.library.remove(row["id"])
    visit.database.run("DELETE FROM access WHERE kind = 'doc' AND resource = %s", row["id"])
    visit.database.run("DELETE FROM docs WHERE id = %s", row["id"])
    return told(None)


def shared(visit: Visit, name: str) -> Answer:
    """Who may open it."""
    return told(access.listed(visit.database, access.DOCUMENT, row_of(visit, name, "viewers")))


def share(visit: Visit, name: str) -> Answer:
    """Let others open it."""
    row, delta = row_of(visit, name, "owners"), visit.request.fields.get("delta")
    if not isinstance(delta, dict):
        raise RefusedError(400, "Bad request: access delta missing")
    access.change(visit.database, access.DOCUMENT, row["id"], delta)
    return told(None)


def move(visit: Visit, name: str) -> Answer:
    """Into another workspace."""
    row, target = row_of(visit, name, "owners"), visit.request.fields.get("workspace")
    place = sites.workspace(visit.database, int(target or 0))
    access.demand(visit.database, visit.user, access.WORKSPACE, place, "editors")
    visit.database.update("docs", row["id"], workspace_id=place["id"], updated_at=now())
    return told(None)


def suspend(visit: Visit, name: str, what: str) -> Answer:
    """Close a document to everybody, or open it again; for the administrator."""
    visit.demand_admin()
    row = sites.document(visit.database, name)
    at = now() if what == "disable" else None
    visit.database.update("docs", row["id"], disabled_at=at)
    return told(None)


def flush(visit: Visit, name: str) -> Answer:
    """Push it into the bucket now."""
    visit.instance.library.flush(row_of(visit, name, "editors")["id"])
    return told(None)


def reload(visit: Visit, name: str) -> Answer:
    """Open it anew; here there is nothing that would be kept open."""
    row_of(visit, name, "editors")
    return told(None)


def snapshots(visit: Visit, name: str) -> Answer:
    """The versions in the bucket."""
    row = row_of(visit, name, "viewers")
    found = [
        {
            "lastModified": each.at.isoformat().replace("+00:00", "Z"),
            "snapshotId": each.number,
            "docId": f"{row['id']}~v={each.number}",
        }
        for each in visit.instance.library.snapshots(row["id"])
    ]
    return told({"snapshots": found})


def remove_snapshots(visit: Visit, name: str) -> Answer:
    """Some versions less."""
    row = row_of(visit, name, "owners")
    numbers = [str(each) for each in visit.request.fields.get("snapshotIds") or ()]
    visit.instance.library.forget_snapshots(row["id"], numbers)
    return told({"snapshotIds": numbers})


def replace(visit: Visit, name: str) -> Answer:
    """What an older version said, or another document."""
    row, asked = row_of(visit, name, "owners"), visit.request.fields
    library = visit.instance.library
    if number := asked.get("snapshotId"):
        content = library.snapshot(row["id"], str(number))
    elif source := asked.get("sourceDocId"):
        content = library.copy(row_of(visit, str(source), "viewers")["id"])
    else:
        raise RefusedError(400, "sourceDocId or snapshotId is missing")
    library.replace(row["id"], content)
    return told(None)


def states(visit: Visit, name: str) -> Answer:
    """The history of the document."""
    with opened(visit, name, "viewers") as found:
        query = "SELECT id FROM _gristsys_ActionHistory ORDER BY id DESC"
        numbers = [row[0] for row in found.connection.execute(query)]
    marks = ({"n": each, "h": hashlib.sha256(str(each).encode()).hexdigest()} for each in numbers)
    return told({"states": list(marks)})


def forget_states(visit: Visit, name: str) -> Answer:
    """All of the history but the last few entries."""
    keep = int(visit.request.fields.get("keep", 1))
    row = row_of(visit, name, "owners")
    with visit.instance.library.opened(row["id"], changes=True) as found:
        found.connection.execute(
            "DELETE FROM _gristsys_ActionHistory WHERE id NOT IN"
            " (SELECT id FROM _gristsys_ActionHistory ORDER BY id DESC LIMIT ?)",
            (keep,),
        )
    return told(None)
