"""Sessions of browsers: a signed cookie, and what it stands for in Redis or in a file."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import Request

_LONGEST_S = 90 * 24 * 3600
_PREFIX = "sess:"
_TIMEOUT_S = 3


class Store(Protocol):
    """Keeps sessions."""

    def read(self, name: str) -> str | None:
        """What was kept under the name."""

    def write(self, name: str, text: str, lasts_s: int) -> None:
        """Keep it that long."""

    def forget(self, name: str) -> None:
        """Keep it no longer."""


class InRedis:
    """Sessions for several servers, or for one that moves."""

    def __init__(self, url: str, authorities: str) -> None:
        driver = importlib.import_module("redis")
        options: dict[str, Any] = {
            "socket_timeout": _TIMEOUT_S,
            "socket_connect_timeout": _TIMEOUT_S,
        }
        if authorities and url.startswith("rediss:"):
            options["ssl_ca_certs"] = authorities
        self.client = driver.Redis.from_url(url, **options)

    def read(self, name: str) -> str | None:
        """What was kept under the name."""
        found = self.client.get(_PREFIX + name)
        return found.decode() if found else None

    def write(self, name: str, text: str, lasts_s: int) -> None:
        """Keep it that long."""
        self.client.setex(_PREFIX + name, lasts_s, text)

    def forget(self, name: str) -> None:
        """Keep it no longer."""
        self.client.delete(_PREFIX + name)


class InFile:
    """Sessions that are gone with the volume."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS sessions (sid PRIMARY KEY, expired REAL, sess TEXT)"
            )

    def read(self, name: str) -> str | None:
        """What was kept under the name."""
        query = "SELECT sess FROM sessions WHERE sid = ? AND expired > ?"
        with self._opened() as connection:
            found = connection.execute(query, (name, time.time())).fetchone()
        return str(found[0]) if found else None

    def write(self, name: str, text: str, lasts_s: int) -> None:
        """Keep it that long."""
        values = (name, time.time() + lasts_s, text)
        with self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", values)

    def forget(self, name: str) -> None:
        """Keep it no longer."""
        with self._opened() as connection:
            connection.execute("DELETE FROM sessions WHERE sid = ?", (name,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=_TIMEOUT_S)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


class Sessions:
    """From a cookie to a session and back."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        url = environment.text("REDIS_URL")
        self.redis = InRedis(url, environment.text("NODE_EXTRA_CA_CERTS")) if url else None
        path = environment.instance_folder / "grist-sessions.db"
        self._store: Store = self.redis or InFile(path)

    def read(self, request: Request) -> dict[str, Any]:
        """The session of a request; an empty one when there is none to be believed."""
        name = self._name(request)
        text = self._store.read(name) if name else None
        return dict(json.loads(text)) if text else {}

    def write(self, request: Request, session: dict[str, Any], *, renew: bool) -> str:
        """Keep the session, under a new name when `renew`; returns the header for the browser."""
        name = self._name(request)
        if renew and name:
            self._store.forget(name)
        if renew or not name:
            name = secrets.token_urlsafe(24)
        age_ms = self._environment.session_age_ms
        lasts_s = _LONGEST_S if age_ms is None else age_ms // 1000
        self._store.write(name, json.dumps(session), max(1, lasts_s))
        return self._header(signed(name, self._environment.session_secret), age_ms, request)

    def end(self, request: Request) -> str:
        """Forget the session; returns the header for the browser."""
        if name := self._name(request):
            self._store.forget(name)
        return self._header("", 0, request)

    def _name(self, request: Request) -> str:
        value = request.cookie(self._environment.session_cookie)
        name = value.removeprefix("s:").rpartition(".")[0]
        return (
            name
            if hmac.compare_digest(
                value.encode(), signed(name, self._environment.session_secret).encode()
            )
            else ""
        )

    def _header(self, value: str, age_ms: int | None, request: Request) -> str:
        domain = self._environment.text("GRIST_SESSION_DOMAIN")
        return "; ".join(
            (
                f"{self._environment.session_cookie}={quote(value, safe='')}",
                *("Path=/", "HttpOnly", "SameSite=Lax"),
                *([] if age_ms is None else [f"Max-Age={age_ms // 1000}"]),
                *([f"Domain={domain}"] if domain else []),
                *(["Secure"] if request.origin.startswith("https:") else []),
            )
        )


def signed(name: str, secret: str) -> str:
    """The value of a cookie: a name, and proof that we gave it."""
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha256).digest()
    return f"s:{name}.{base64.b64encode(digest).decode().rstrip('=')}"
