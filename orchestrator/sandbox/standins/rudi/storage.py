"""The storage: files in, committed, and out to everybody who knows their identifier."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi.access import Access, demand
from orchestrator.sandbox.standins.rudi.exchange import (
    Answer,
    RefusedError,
    Request,
    inside,
    json_answer,
    no_route,
    text_answer,
)
from orchestrator.sandbox.standins.rudi.release import REVISION, page
from orchestrator.sandbox.standins.rudi.store import Store
from orchestrator.sandbox.standins.rudi.zone import Zone, md5

_REQUIRED = ("media_id", "media_type", "media_name", "file_size", "file_type")
_ANYBODY = ("Access-Control-Allow-Origin", "*")
EVENTS = "media_events"


class Storage:
    """The module behind the server."""

    name = "storage"

    def __init__(self, store: Callable[[], Store], access: Access, zone: Zone, prefix: str) -> None:
        self._store = store
        self._access = access
        self._zone = zone
        self._prefix = prefix

    def answer(self, request: Request) -> Answer:
        """Answer one request; pages of every origin may read it. Raises RefusedError."""
        if request.method == "OPTIONS":
            allow = ("Access-Control-Allow-Headers", "authorization, content-type, file_metadata")
            return Answer(HTTPStatus.NO_CONTENT, headers=(_ANYBODY, allow))
        found = self._answer(request)
        return Answer(found.status, found.body, found.kind, (*found.headers, _ANYBODY))

    def _answer(self, request: Request) -> Answer:
        path = inside(request, self._prefix)
        method = "GET" if request.method == "HEAD" else request.method
        match [method, *path.strip("/").split("/")]:
            case ["POST", "jwt", "forge"]:
                return json_answer({"status": "OK", "token": self._access.upload_token(request)})
            case ["POST", "post"]:
                return self._post(request)
            case ["POST", "commit"]:
                return self._commit(request)
            case ["DELETE", "delete", media_id]:
                return self._delete(request, media_id)
        return self._read(request, method, path)

    def _read(self, request: Request, method: str, path: str) -> Answer:
        match [method, *path.strip("/").split("/")]:
            case ["GET", ""]:
                return text_answer(page("RUDI storage"), "text/html; charset=utf-8")
            case ["GET", "hash"]:
                return text_answer(REVISION)
            case ["GET", "download", media_id]:
                known = self._known(media_id)
                body = self._zone.read(media_id)
                self._happened("download", media_id, request, "")
                name = ("Content-Disposition", f'attachment; filename="{_plain(known)}"')
                return Answer(HTTPStatus.OK, body, str(known["file_type"]), (name,))
            case ["GET", "check", media_id]:
                known = self._known(media_id)
                body = self._zone.read(media_id)
                return json_answer({**known, "md5": md5(body), "file_size": len(body)})
            case ["GET", "list"]:
                demand(self._access.visitor(request), "producer", "auth")
                return json_answer(self._store().all("media"))
        raise no_route(request)

    def _post(self, request: Request) -> Answer:
        visitor = self._access.visitor(request)
        demand(visitor, "producer")
        described = _described(request.headers.get("file_metadata", ""))
        if described["file_size"] != len(request.body):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "'file_size' is not the size of the body")
        number = self._zone.stage(request.body)
        staged = {"commit_uuid": number, "zone_name": self._zone.name, "media": described}
        self._store().put("staged", staged, "commit_uuid")
        self._happened("post", str(described["media_id"]), request, visitor.name)
        # A list, as clients of this release read it: what to commit stands before the last word.
        found = {"media_id": described["media_id"], "commit_uuid": number}
        return json_answer([{**found, "zone_name": self._zone.name}, {"status": "OK"}])

    def _commit(self, request: Request) -> Answer:
        visitor = self._access.visitor(request)
        demand(visitor, "producer")
        number = request.query.get("commit_uuid", "")
        staged = self._store().one("staged", commit_uuid=number)
        if staged is None or request.query.get("zone_name") != self._zone.name:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"nothing is staged as {number}")
        media = staged["media"]
        self._zone.commit(number, media["media_id"])
        self._store().put("media", media, "media_id")
        self._store().remove("staged", commit_uuid=number)
        self._happened("commit", media["media_id"], request, visitor.name)
        return json_answer({"status": "OK", "media_id": media["media_id"]})

    def _delete(self, request: Request, media_id: str) -> Answer:
        visitor = self._access.visitor(request)
        demand(visitor, "auth")
        self._known(media_id)
        self._zone.remove(media_id)
        self._store().remove("media", media_id=media_id)
        self._happened("delete", media_id, request, visitor.name)
        return json_answer({"status": "OK", "media_id": media_id})

    def _known(self, media_id: str) -> dict[str, Any]:
        found = self._store().one("media", media_id=media_id)
        if found is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"no media {media_id}")
        return found

    def _happened(self, what: str, media_id: str, request: Request, user: str) -> None:
        """Keep who did what from where; nothing ever removes it."""
        event = {"event": what, "media_id": media_id, "ip": request.visitor, "user": user}
        self._store().add(EVENTS, {**event, "date": datetime.now(UTC)})


def _described(header: str) -> dict[str, Any]:
    try:
        found = json.loads(header)
    except ValueError:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "'file_metadata' is no JSON") from None
    if not isinstance(found, dict) or any(found.get(name) is None for name in _REQUIRED):
        words = f"'file_metadata' needs {', '.join(_REQUIRED)}"
        raise RefusedError(HTTPStatus.BAD_REQUEST, words)
    if found["media_type"] != "FILE":
        raise RefusedError(HTTPStatus.BAD_REQUEST, "'media_type' should be FILE")
    return found


def _plain(known: Mapping[str, Any]) -> str:
    return "".join(each for each in str(known["media_name"]) if each.isalnum() or each in "._- ")
