"""Who asks, whether anybody is answered yet, and the way to the answer."""

from __future__ import annotations

import re
import traceback
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from orchestrator.sandbox.standins.grist import accounts, pages, routes, sites, sockets, status
from orchestrator.sandbox.standins.grist.accounts import User
from orchestrator.sandbox.standins.grist.bucket import BucketError
from orchestrator.sandbox.standins.grist.database import Database
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import (
    Answer,
    RefusedError,
    Request,
    redirect,
    told,
)
from orchestrator.sandbox.standins.grist.frame import Instance, Visit
from orchestrator.sandbox.standins.grist.release import NOTICE

_SITE = re.compile(r"/o/([a-z0-9-]+)(/.*)?", re.IGNORECASE)
_SETUP = ("/status", "/boot", "/admin")
# The administrator needs these to end the setup, on the panel and without it.
_ADMINS = ("/api/install/", "/api/probes")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Site:
    """The addresses of one server; before the start is over there is no instance yet."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.instance: Instance | None = None

    def answer(self, request: Request) -> Answer:
        """The answer to a request; a fault of ours becomes status 500."""
        try:
            found = self._answered(request)
        except RefusedError as fault:
            found = told({"error": fault.message}, fault.status)
        except BucketError as fault:
            found = told({"error": f"external storage: {fault}"}, 500)
        except Exception as fault:  # noqa: BLE001 - the visitor gets a word, the log the reason
            if self.instance:
                lines = "".join(traceback.format_exception(fault)[-4:])
                self.instance.log.say("fault", level="error", trace=lines)
            found = told({"error": "internal server error"}, 500)
        return replace(found, headers={"X-Stand-In": NOTICE, **found.headers})

    def _answered(self, request: Request) -> Answer:
        if request.path == "/status":
            return status.answer(self.environment, self.instance, request)
        instance = self.instance
        if instance is None or not instance.ready.is_set():
            raise RefusedError(503, "Service unavailable during start up")
        name, path = self._site(request.path)
        with instance.home.opened() as database:
            visit = _visit(instance, database, request, name)
            if closed := _gate(visit, path):
                return closed
            if sockets.is_wanted(request):
                headers = sockets.acceptance(request)
                return Answer(HTTPStatus.SWITCHING_PROTOCOLS, sockets.greeting(), headers=headers)
            if (found := routes.find(request.method, path)) is None:
                return _page(visit, path)
            _refuse_strange_forms(visit, path)
            handler, parts = found
            return handler(visit, **parts)

    def _site(self, path: str) -> tuple[str, str]:
        single = self.environment.single_org
        if found := _SITE.fullmatch(path):
            return single or found[1].lower(), found[2] or "/"
        return single or sites.PERSONAL, path


def _visit(instance: Instance, database: Database, request: Request, name: str) -> Visit:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    has_key = kind.lower() == "bearer"
    if has_key:
        user = accounts.by_key(database, key.strip())
        if user is None:
            raise RefusedError(401, "Bad request: invalid API key")
    else:
        user = _browser(instance, database, request)
    if user.get("disabled_at"):
        raise RefusedError(403, "User is disabled")
    return Visit(instance, database, request, user, name, has_key=has_key)


def _browser(instance: Instance, database: Database, request: Request) -> User:
    if instance.logins.ignores_sessions:
        named = instance.logins.named(request)
        return accounts.ensure(database, named) if named else accounts.anonymous(database)
    users = instance.sessions.read(request).get("users") or [{}]
    email = users[0].get("profile", {}).get("email", "")
    return accounts.find(database, email) or accounts.anonymous(database)


def _gate(visit: Visit, path: str) -> Answer | None:
    """Before service, nobody gets anything but the setup."""
    if visit.instance.settings.in_service or _below(path, _SETUP):
        return None
    if visit.is_admin and path.startswith(_ADMINS):
        return None
    if path.startswith("/api"):
        raise RefusedError(503, "Grist is not yet configured")
    return redirect("/boot")


def _refuse_strange_forms(visit: Visit, path: str) -> None:
    """What a page of somebody else could send along with the visitor's cookie."""
    request = visit.request
    if visit.has_key or request.method in _SAFE or not path.startswith("/api"):
        return
    if not visit.is_anonymous:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        home = urlsplit(visit.instance.environment.home_url).netloc
        if origin and origin not in {request.headers.get("host", ""), home}:
            raise RefusedError(403, "Credentials not supported for cross-origin requests")
        return
    kind = request.headers.get("content-type", "")
    if "json" not in kind and request.headers.get("x-requested-with") != "XMLHttpRequest":
        needed = "'Content-Type: application/json' or 'X-Requested-With: XMLHttpRequest'"
        raise RefusedError(401, f"Unauthenticated requests require one of the headers {needed}")


def _page(visit: Visit, path: str) -> Answer:
    if path.startswith("/api"):
        raise RefusedError(404, f"not found: {path}")
    if visit.request.method not in _SAFE:
        raise RefusedError(405, "method not allowed")
    if _below(path, ("/admin", "/boot")):
        content = pages.sentence("Administrator" if visit.is_admin else "Access denied")
        return Answer(body=pages.document("Admin Panel", content))
    if visit.is_anonymous and visit.instance.settings.enabled("GRIST_FORCE_LOGIN"):
        return redirect("/login")
    if path != "/":
        body = pages.document("Page not found", pages.sentence("There is nothing at this address."))
        return Answer(HTTPStatus.NOT_FOUND, body)
    greeting = "Welcome" if visit.is_anonymous else f"Welcome, {visit.user['name']}"
    way = ("/login", "Sign in") if visit.is_anonymous else ("/logout", "Sign out")
    return Answer(body=pages.document("Home", pages.sentence(greeting) + pages.link(*way)))


def _below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in places)
