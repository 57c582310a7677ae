"""Who may do what with the storage: users of its settings, by token or by password."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi import tokens
from orchestrator.sandbox.standins.rudi.exchange import RefusedError, Request
from orchestrator.sandbox.standins.rudi.sessions import Sessions

_PREFIX = "$1$"


@dataclass(frozen=True)
class Visitor:
    """Who asks, and what for."""

    number: int
    name: str
    groups: frozenset[str]


class Access:
    """The users of the settings, and the tokens that were handed out for uploads."""

    def __init__(self, users: Mapping[str, list[Any]], lasts_s: int) -> None:
        self._users = users
        self._sessions = Sessions(lasts_s)

    def visitor(self, request: Request) -> Visitor:
        """Who asks. Raises RefusedError: 401."""
        kind, _, words = request.headers.get("authorization", "").partition(" ")
        found = None
        if kind.lower() == "basic":
            found = self._by_password(words)
        elif kind.lower() == "bearer":
            found = self._by_upload_token(words) or self._by_key(words)
        if found is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "not logged in")
        return found

    def upload_token(self, request: Request) -> str:
        """A token for somebody else's upload. Raises RefusedError: 401, 403, 400."""
        demand(self.visitor(request), "auth", "delegate")
        given = request.json
        group = str(given.get("group_name", ""))
        number = given.get("user_id", 0)
        known = group in {"producer", "auth"} and isinstance(number, int)
        if not known or not given.get("user_name"):
            words = "'user_id', 'user_name' and 'group_name' are required"
            raise RefusedError(HTTPStatus.BAD_REQUEST, words)
        who = {"number": number, "name": str(given["user_name"]), "group": group}
        return self._sessions.token(who)

    def _by_password(self, words: str) -> Visitor | None:
        """By the unsalted hash of the settings; an empty one ends the login by password."""
        try:
            name, _, password = base64.b64decode(words).decode().partition(":")
        except ValueError:
            return None
        number, kept, groups, _ = self._users.get(name, (0, "", (), ""))
        given = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        if not kept or not hmac.compare_digest(f"{_PREFIX}{given}$", str(kept)):
            return None
        return Visitor(int(number), name, frozenset(groups))

    def _by_upload_token(self, token: str) -> Visitor | None:
        found = self._sessions.claims(token)
        if found is None:
            return None
        return Visitor(int(found["number"]), found["name"], frozenset({found["group"]}))

    def _by_key(self, token: str) -> Visitor | None:
        """By a token signed with the user's key; it acts for one group of the user's."""
        try:
            said = tokens.claims(token)
            name, group = str(said.get("client_id", "")), str(said.get("sub", ""))
            number, _, groups, key = self._users.get(name, (0, "", (), ""))
            if not key or group not in groups:
                return None
            tokens.check(token, Path(key))
        except tokens.BadTokenError:
            return None
        return Visitor(int(number), name, frozenset({group}))


def demand(visitor: Visitor, *groups: str) -> None:
    """Let the visitor pass when it belongs to one of the groups. Raises RefusedError: 403."""
    if not visitor.groups & {*groups, "admin"}:
        raise RefusedError(HTTPStatus.FORBIDDEN, f"needs one of the groups {', '.join(groups)}")
