"""The catalog: public reading, and administration behind profiles."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from orchestrator.sandbox.standins.rudi import administration, publication
from orchestrator.sandbox.standins.rudi.exchange import (
    Answer,
    Request,
    inside,
    json_answer,
    no_route,
    text_answer,
)
from orchestrator.sandbox.standins.rudi.portal import Portal
from orchestrator.sandbox.standins.rudi.profiles import Profiles
from orchestrator.sandbox.standins.rudi.release import API_VERSION, REVISION, page
from orchestrator.sandbox.standins.rudi.store import Store

_ONE = re.compile(r"/v1/resources/([^/]+)$")
_REPORT = re.compile(r"/v1/resources/([^/]+)/report$")
LOGS = "logentries"


class Catalog:
    """The module behind the server."""

    name = "catalog"

    def __init__(self, store: Store, profiles: Profiles, portal: Portal, prefix: str) -> None:
        self.store = store
        self.profiles = profiles
        self.portal = portal
        self._prefix = prefix
        self._free: dict[str, Callable[[], Answer]] = {
            "": lambda: text_answer(page("RUDI producer node"), "text/html; charset=utf-8"),
            "/version": lambda: text_answer(API_VERSION),
            "/admin/hash": lambda: json_answer(REVISION),
            "/admin/apphash": lambda: json_answer(REVISION),
            "/admin/env": lambda: json_answer("production"),
        }

    def answer(self, request: Request) -> Answer:
        """Answer one request. Raises RefusedError, UnreachableError."""
        path = "" if request.path == "/" else inside(request, self._prefix)
        if request.method == "GET" and path in self._free:
            return self._free[path]()
        if path.startswith("/admin/"):
            return self._administration(request, path[len("/admin") :])
        return self._public(request, path)

    def _public(self, request: Request, path: str) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "GET" and path in {"/v1", "/v1/resources"}:
            shown = [
                each for each in self.store.all(publication.METADATA) if publication.is_listed(each)
            ]
            return json_answer(publication.page_of(shown, request.query))
        if method == "GET" and (one := _ONE.match(path)):
            return json_answer(administration.existing(self.store, "resources", one[1]))
        if method in {"PUT", "GET"} and (report := _REPORT.match(path)):
            return administration.reports(self.store, request, "resources", report[1])
        raise no_route(request)

    def _administration(self, request: Request, path: str) -> Answer:
        route, carry_out = administration.route(request.method, path)
        who = self.profiles.admit(request, route)
        answer = carry_out(self, request)
        if route != "dev_drop_db":
            self.log(f"{who}: {request.method} {request.path}", request)
        return answer

    def log(self, message: str, request: Request) -> None:
        """Keep a line in the database; an index lets it go after some days."""
        line = {"time": datetime.now(UTC), "log_level": "info", "message": message}
        self.store.add(LOGS, {**line, "context": {"ip": request.visitor}})
