"""Requests to the API server, repeated while it is away.

An API server that restarts, or a network that fails for half a minute, must not break a run: every
request here can safely be sent twice (we read, apply and delete, and never create blindly).
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import urllib3

from orchestrator.errors.cluster_objects import (
    ClusterUnreachableError,
    FieldConflictError,
    RequestRefusedError,
    WaitCancelledError,
)

PATIENCE_S = 60.0
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 5.0
_BUSY = frozenset({429, 502, 503, 504})
_HICCUPS = ("etcdserver: leader changed", "etcdserver: request timed out")
_HOLDER = re.compile(r'conflict with "(?P<manager>[^"]*)"')
_log = logging.getLogger(__name__)

Document = dict[str, Any]


class Way(Protocol):
    """What is needed of `access.Access`."""

    @property
    def server(self) -> str:
        """Its address, with no slash at the end."""

    @property
    def pool(self) -> urllib3.PoolManager:
        """The connections."""

    @property
    def headers(self) -> Callable[[], dict[str, str]]:
        """What signs a request."""


@dataclass(frozen=True)
class _Request:
    verb: str
    path: str
    what: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Document | None = field(default=None, repr=False)


class Api:
    """The API server. `stop` ends every pause at once; `patience_s` is how long to try."""

    def __init__(
        self, way: Way, stop: threading.Event | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        self._way = way
        self._stop = stop or threading.Event()
        self._patience_s = patience_s

    def hurried(self, patience_s: float) -> Api:
        """The same server, given up sooner: for previews."""
        return Api(self._way, self._stop, patience_s)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Document | None:
        """What is there, or None. Raises RequestRefusedError, ClusterUnreachableError."""
        return self._unless_absent(_Request("GET", path, path, query or {}))

    def apply(self, path: str, manifest: Document, query: Mapping[str, str]) -> Document:
        """Server-side apply. Raises FieldConflictError besides what `get` raises."""
        return self._ask(_Request("PATCH", path, target_of(manifest), query, manifest))

    def delete(self, path: str, options: Document) -> Document | None:
        """Ask for removal; None when it is not there. Raises what `get` raises."""
        return self._unless_absent(_Request("DELETE", path, f"to delete {path}", body=options))

    def _unless_absent(self, request: _Request) -> Document | None:
        try:
            return self._ask(request)
        except RequestRefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def _ask(self, request: _Request) -> Document:
        deadline = time.monotonic() + self._patience_s
        pause = _FIRST_PAUSE_S
        while True:
            status, answer, after = self._once(request)
            if 0 < status < 300:
                return answer
            if not _passing(status, answer):
                raise _refusal(request.what, status, answer)
            reason = str(answer.get("message", "")) or f"it answered {status}"
            left = deadline - time.monotonic()
            if left <= 0:
                raise ClusterUnreachableError(
                    self._way.server, seconds=self._patience_s, reason=reason
                )
            _log.warning("%s %s: %s; trying again", request.verb, request.path, reason)
            if self._stop.wait(min(max(pause, after), max(left, 0.05))):
                raise WaitCancelledError(request.what, doing="asking the API server for")
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _once(self, request: _Request) -> tuple[int, Document, float]:
        """Status (0: no answer), the answer, and the seconds the server asks us to wait."""
        url = self._way.server + quote(request.path)
        if request.query:
            url = f"{url}?{urlencode(request.query)}"
        headers = {"Accept": "application/json", **self._way.headers()}
        body = None
        if request.body is not None:
            # JSON is YAML, which is what the apply patch type is named after.
            patch = request.verb == "PATCH"
            headers["Content-Type"] = f"application/{'apply-patch+yaml' if patch else 'json'}"
            body = json.dumps(request.body, separators=(",", ":")).encode()
        try:
            answer = self._way.pool.request(
                request.verb, url, headers=headers, body=body, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            return 0, {"message": _plainly(error)}, 0.0
        after = str(answer.headers.get("Retry-After", ""))
        return answer.status, _document(answer.data), float(after) if after.isdigit() else 0.0


def target_of(manifest: Mapping[str, Any]) -> str:
    """How an object is named to people: `Deployment shop/web`."""
    metadata = manifest.get("metadata") or {}
    name = str(metadata.get("name", "?"))
    namespace = metadata.get("namespace")
    return f"{manifest.get('kind', 'object')} {f'{namespace}/' if namespace else ''}{name}"


def _passing(status: int, answer: Document) -> bool:
    """Whether the same request may well succeed a little later."""
    if status == 500:
        return any(word in str(answer.get("message", "")) for word in _HICCUPS)
    return status == 0 or status in _BUSY


def _refusal(what: str, status: int, answer: Document) -> FieldConflictError | RequestRefusedError:
    causes = (answer.get("details") or {}).get("causes") or []
    holders = tuple(
        (str(cause.get("field", "?")).lstrip("."), match["manager"])
        for cause in causes
        if cause.get("reason") == "FieldManagerConflict"
        and (match := _HOLDER.search(str(cause.get("message", ""))))
    )
    if status == 409 and holders:
        return FieldConflictError(what, holders=holders)
    return RequestRefusedError(
        what,
        status=status,
        reason=str(answer.get("reason", "")),
        message=str(answer.get("message", "")),
    )


def _document(data: bytes) -> Document:
    try:
        document = json.loads(data)
    except ValueError:
        return {"message": data[:500].decode(errors="replace")}
    return document if isinstance(document, dict) else {"message": str(document)[:500]}


def _plainly(error: urllib3.exceptions.HTTPError) -> str:
    text = str(error)
    return text.rpartition(": ")[2] if "Failed to establish" in text else text
