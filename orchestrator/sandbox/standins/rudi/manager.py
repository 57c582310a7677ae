"""The manager: logins, users, and the other two modules behind both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi import members, passwords
from orchestrator.sandbox.standins.rudi.accounts import Account, Accounts
from orchestrator.sandbox.standins.rudi.exchange import (
    Answer,
    RefusedError,
    Request,
    inside,
    json_answer,
    no_route,
    text_answer,
)
from orchestrator.sandbox.standins.rudi.neighbours import Neighbours
from orchestrator.sandbox.standins.rudi.release import NOTICE, REVISION, VERSION, page
from orchestrator.sandbox.standins.rudi.sessions import Sessions

_FRONT, _CONSOLE = "pmFrontToken", "consoleToken"
_PUBLIC = ("catalogPubUrl", "storagePubUrl")
_READERS = ("Admin", "Editeur", "Lecteur", "Moniteur")
_WRITERS = ("Admin", "Editeur")


class Manager:
    """The module behind the server."""

    name = "manager"

    def __init__(
        self, accounts: Accounts, neighbours: Neighbours, conf: Mapping[str, Any], tag: str
    ) -> None:
        server = conf.get("server", {})
        self._prefix = str(server.get("manager_prefix", "manager"))
        self._trusted = conf.get("security", {}).get("trusted_domain", [])
        self._sessions = Sessions(int(conf.get("auth", {}).get("exp_time_s", 25200)))
        self._accounts = accounts
        self._neighbours = neighbours
        self._tag = tag
        self._open: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/api/open/test"): lambda _: text_answer("test"),
            ("GET", "/api/open/hash"): lambda _: text_answer(REVISION),
            ("GET", "/conf"): lambda _: self._conf(),
            ("POST", "/api/open/hash-credentials"): _hash_credentials,
            ("POST", "/api/front/register"): self._register,
            ("POST", "/api/front/login"): self._log_in,
            ("GET", "/api/front/logout"): lambda _: _logged_out(),
        }

    def answer(self, request: Request) -> Answer:
        """Answer one request. Raises RefusedError."""
        found = self._answer(request)
        domains = " ".join(str(each) for each in self._trusted if each)
        policy = ("Content-Security-Policy", f"default-src 'self'; connect-src 'self' {domains}")
        return Answer(found.status, found.body, found.kind, (*found.headers, policy))

    def _answer(self, request: Request) -> Answer:
        path = inside(request, self._prefix)
        method = "GET" if request.method == "HEAD" else request.method
        if (method, path) in self._open:
            return self._open[method, path](request)
        if not path.startswith("/api/"):
            return text_answer(page("RUDI manager"), "text/html; charset=utf-8")
        asker = self._asker(request)
        head, _, rest = path.removeprefix("/api/").partition("/")
        if head == "secu":
            return members.answer(self._accounts, asker, request, rest)
        if head in {"data", "catalog"}:
            return self._data(asker, request, rest)
        if head in {"storage", "media"}:
            return self._files(asker, request, f"{method} {head}/{rest}")
        if (head, rest) == ("front", "user-info"):
            return json_answer(members.shown(asker))
        raise no_route(request)

    def _asker(self, request: Request) -> Account:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = [request.cookies.get(_FRONT, ""), request.cookies.get(_CONSOLE, "")]
        if kind.lower() == "bearer":
            given.append(bearer.strip())
        for token in filter(None, given):
            claims = self._sessions.claims(token)
            found = [
                each for each in self._accounts.all() if claims and each.number == claims["id"]
            ]
            if found:
                return found[0]
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "not logged in")

    def _data(self, asker: Account, request: Request, rest: str) -> Answer:
        _demand(asker, *(_READERS if request.method == "GET" else _WRITERS))
        query = request.target.partition("?")[2]
        path = f"{rest}?{query}" if query else rest
        return self._neighbours.catalog(request.method, path, request.body)

    def _files(self, asker: Account, request: Request, wanted: str) -> Answer:
        _demand(asker, *_WRITERS)
        if wanted == "GET storage/jwt":
            return self._neighbours.upload_token(asker.number, asker.name)
        if wanted == "POST media/commit":
            return self._neighbours.commit(request.json)
        raise no_route(request)

    def _conf(self) -> Answer:
        if not self._neighbours.are_there():
            words = "catalog or storage does not answer yet"
            raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, words)
        path = f"/{self._prefix}".rstrip("/")
        public = {name: str(each) for name, each in zip(_PUBLIC, self._trusted, strict=False)}
        own = {"managerPath": path, "backPath": f"{path}/api", "tag": self._tag}
        return json_answer({**public, **own, "version": VERSION, "standIn": NOTICE})

    def _register(self, request: Request) -> Answer:
        """Anybody may; the roles are for an administrator to give."""
        return members.added(self._accounts, request.json, roles=())

    def _log_in(self, request: Request) -> Answer:
        given = request.json
        found = self._accounts.log_in(
            str(given.get("username", "")), str(given.get("password", ""))
        )
        if found is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "user not found or wrong password")
        claims = {"id": found.number, "username": found.name}
        tokens = {
            name: self._sessions.token({**claims, "for": name}) for name in (_FRONT, _CONSOLE)
        }
        cookies = tuple(
            ("Set-Cookie", f"{name}={token}; Path=/; HttpOnly; SameSite=Strict")
            for name, token in tokens.items()
        )
        return json_answer({**members.shown(found), "token": tokens[_FRONT]}, headers=cookies)


def _hash_credentials(request: Request) -> Answer:
    """For everybody, without a login: what the variable `SU` has to hold."""
    given = request.json
    name = given.get("username", given.get("usr"))
    password = given.get("password", given.get("pwd"))
    if not name or not password:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "'username' and 'password' are required")
    return text_answer(passwords.credentials(str(name), str(password)))


def _logged_out() -> Answer:
    gone = tuple(("Set-Cookie", f"{name}=; Path=/; Max-Age=0") for name in (_FRONT, _CONSOLE))
    return json_answer({"status": "OK"}, headers=gone)


def _demand(asker: Account, *roles: str) -> None:
    if not asker.has(*roles):
        raise RefusedError(HTTPStatus.FORBIDDEN, f"needs one of the roles {', '.join(roles)}")
