"""Addresses that would be told of changes. They are kept, and none of them is ever called."""

from __future__ import annotations

import json
import uuid
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, told
from orchestrator.sandbox.standins.grist.frame import Visit
from orchestrator.sandbox.standins.grist.papers import opened


def listed(visit: Visit, name: str) -> Answer:
    """The addresses of a document."""
    with opened(visit, name, "owners") as document:
        query = "SELECT id, fields FROM _grist_Triggers ORDER BY rowid"
        rows = document.connection.execute(query).fetchall()
    found = [{"id": number, "fields": json.loads(fields)} for number, fields in rows]
    return told({"webhooks": found})


def add(visit: Visit, name: str) -> Answer:
    """More addresses, of hosts that the environment allows; by default it allows none."""
    wanted = visit.request.fields.get("webhooks")
    if not isinstance(wanted, list):
        raise RefusedError(400, "webhooks is missing")
    made = []
    with opened(visit, name, "owners", "AddTrigger") as document:
        for each in wanted:
            fields = _checked(visit, each.get("fields") or {})
            document.table(str(fields.get("tableId")))
            made.append(str(uuid.uuid4()))
            statement = "INSERT INTO _grist_Triggers (id, fields) VALUES (?, ?)"
            document.connection.execute(statement, (made[-1], json.dumps(fields)))
    return told({"webhooks": [{"id": each} for each in made]})


def remove(visit: Visit, name: str, hook: str) -> Answer:
    """An address less."""
    with opened(visit, name, "owners", "RemoveTrigger") as document:
        statement = "DELETE FROM _grist_Triggers WHERE id = ?"
        if not document.connection.execute(statement, (hook,)).rowcount:
            raise RefusedError(404, f"Webhook not found {hook!r}")
    return told({"success": True})


def _checked(visit: Visit, fields: dict[str, Any]) -> dict[str, Any]:
    host = urlsplit(str(fields.get("url") or "")).netloc
    allowed = visit.instance.environment.text("ALLOWED_WEBHOOK_DOMAINS").split(",")
    if not host or not any(fnmatch(host, each.strip()) for each in allowed if each.strip()):
        raise RefusedError(403, "Provided url is forbidden")
    return {"enabled": True, "eventTypes": ["add", "update"], **fields}
