"""Who may do what with the catalog: profiles with a public key and a list of routes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi import tokens
from orchestrator.sandbox.standins.rudi.exchange import RefusedError, Request

ALL = "all"
MANAGER = "rudi_node_manager"


class Profiles:
    """The profiles of the file; each key is read anew whenever it is needed.

    So a profile lives as soon as its key is there, and whoever can write to the folder of keys
    can wake one up.
    """

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._profiles = {name: each for name, each in settings.items() if name}

    def admit(self, request: Request, route: str) -> str:
        """The name of the profile, when it may use the route. Raises RefusedError: 401, 403."""
        try:
            token = tokens.bearer(request.headers)
            name = str(tokens.claims(token).get("sub", ""))
            if name not in self._profiles:
                raise tokens.BadTokenError("unknown profile")
            found = tokens.check(token, Path(str(self._profiles[name].get("pub_key", ""))))
            _fits(found, request)
        except tokens.BadTokenError as fault:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, f"JWT: {fault}") from None
        routes = self._profiles[name].get("routes", [])
        if ALL not in routes and route not in routes:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"profile {name} has no route {route}")
        return name


def _fits(found: Mapping[str, Any], request: Request) -> None:
    if found.get("req_mtd") not in {ALL, request.method}:
        raise tokens.BadTokenError("made for another method")
    if found.get("req_url") not in {ALL, request.target, request.path}:
        raise tokens.BadTokenError("made for another address")
