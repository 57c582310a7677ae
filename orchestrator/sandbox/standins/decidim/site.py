"""The web process's answers, in the order in which the product's middleware looks at a request."""

from __future__ import annotations

import traceback
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from orchestrator.sandbox.standins.decidim import blobs, migrate, organizations, pages, visits
from orchestrator.sandbox.standins.decidim.database import connected
from orchestrator.sandbox.standins.decidim.encryption import InvalidMessageError
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Answer, Request, allowed, redirect
from orchestrator.sandbox.standins.decidim.frame import Frame
from orchestrator.sandbox.standins.decidim.headers import common
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.objects import store_of
from orchestrator.sandbox.standins.decidim.release import Release, notice

HEALTH = "/health_check"
_PLAIN = "text/plain; charset=utf-8"
_SYSTEM = "/system"
_SYSTEM_SIGN_IN = "/system/admins/sign_in"


class Site:
    """One release, serving with one environment."""

    def __init__(self, environment: Environment, release: Release, log: Log) -> None:
        self.environment = environment
        self.release = release
        self._log = log
        self._frame = Frame(environment, release)

    def answer(self, request: Request) -> Answer:
        """The answer to a request; a fault of ours becomes status 500."""
        try:
            found = self._outer(request) or self._organized(request)
        except Exception as fault:  # noqa: BLE001 - the visitor gets a page, the log the reason
            lines = traceback.format_exception(fault)
            self._log.say("fault", error=type(fault).__name__, trace="".join(lines[-4:]))
            body = self._frame.page("en", pages.text("en", "wrong"))
            found = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, body)
        headers = common(notice(self.release), None, secure=request.secure)
        return replace(found, headers={**headers, **found.headers})

    def _outer(self, request: Request) -> Answer | None:
        """What is answered before anybody asks which organisation is meant."""
        path = request.path
        if path == HEALTH or path.startswith(f"{HEALTH}/"):
            return self._health()
        if self.environment.force_ssl and not request.secure:
            return self._to_https(request)
        if path == _SYSTEM or path.startswith(f"{_SYSTEM}/"):
            return self._system(request)
        if path.startswith(blobs.REDIRECT):
            return self._blob(path.removeprefix(blobs.REDIRECT).partition("/")[0])
        return self._static(path)

    def _static(self, path: str) -> Answer | None:
        if path == pages.STYLESHEET and self.environment.text("RAILS_SERVE_STATIC_FILES"):
            css = f"/* {notice(self.release)} */\n{pages.CSS}"
            return Answer(HTTPStatus.OK, css, "text/css")
        if path == "/up" and self.release.has_up_page:
            colour = '<!DOCTYPE html><html><body style="background-color: green">{}</body></html>'
            return Answer(HTTPStatus.OK, colour.format(notice(self.release)))
        return None

    def _health(self) -> Answer:
        try:
            with connected(self.environment) as database:
                done = migrate.applied(database)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is not healthy
            return self._unhealthy(type(fault).__name__)
        if reason := migrate.difference(self.release, done):
            return self._unhealthy(reason)
        return Answer(HTTPStatus.OK, "success", _PLAIN)

    @staticmethod
    def _unhealthy(reason: str) -> Answer:
        return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"health_check failed: {reason}.", _PLAIN)

    def _to_https(self, request: Request) -> Answer:
        safe = request.method in {"GET", "HEAD"}
        status = HTTPStatus.MOVED_PERMANENTLY if safe else HTTPStatus.PERMANENT_REDIRECT
        return redirect(f"https://{request.host(self.environment)}{request.target}", status)

    def _system(self, request: Request) -> Answer:
        if not allowed(request.visitor, self.environment.system_networks):
            return Answer(HTTPStatus.FORBIDDEN, "Forbidden\n", _PLAIN)
        if request.path != _SYSTEM_SIGN_IN:
            return redirect(_SYSTEM_SIGN_IN)
        if request.method == "POST":
            return self._frame.refused("en")
        content = pages.form(_SYSTEM_SIGN_IN, "en", pages.SIGN_IN, "sign_in")
        return self._frame.shown("en", pages.text("en", "system"), content)

    def _blob(self, signed: str) -> Answer:
        try:
            number = blobs.number_of(unquote(signed), self.environment)
        except (InvalidMessageError, ValueError):
            return self._frame.missing("en")
        with connected(self.environment) as database:
            blob = blobs.find(database, number)
        if blob is None:
            return self._frame.missing("en")
        store = store_of(self.environment)
        location = store.download_url(blob["key"], blob["filename"], blob["content_type"])
        return replace(
            redirect(location), headers={"Location": location, "Cache-Control": "max-age=300"}
        )

    def _organized(self, request: Request) -> Answer:
        host = request.host(self.environment)
        with connected(self.environment) as database:
            found = organizations.match(organizations.every(database), host)
            if found is None:
                return redirect(_SYSTEM)
            organization, which = found
            if which == "secondary":
                target = urlsplit(request.target)
                question = f"?{target.query}" if target.query else ""
                scheme = "https" if request.secure else "http"
                location = f"{scheme}://{organization['host']}{target.path}{question}"
                return redirect(location, HTTPStatus.MOVED_PERMANENTLY)
            answer = visits.Visit(self._frame, database, request, organization).answer()
        headers = common(notice(self.release), organization, secure=request.secure)
        return replace(answer, headers={**headers, **answer.headers})
