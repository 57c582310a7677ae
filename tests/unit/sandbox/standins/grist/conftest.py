"""The stand-in as a process of its own on loopback, with files instead of services."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from orchestrator.tools import process

PROGRAM = (
    "import sys; from orchestrator.sandbox.standins.grist.front import main;"
    " sys.exit(main(sys.argv[1:]))"
)
ADMIN = "admin@town.example"
SERVED = {
    "GRIST_IN_SERVICE": "true",
    "GRIST_BOOT_KEY": "key-of-the-operator",
    "GRIST_ADMIN_EMAIL": ADMIN,
    "GRIST_SINGLE_ORG": "town",
    "GRIST_SESSION_SECRET": "of our own",
}
PATIENCE_S = 30


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookie(self) -> str:
        return self.headers["set-cookie"].partition(";")[0]


class Grist:
    """One run of the server."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"log-{self.port}"
        self._status: int | None = None
        environment = {
            "PATH": "/usr/bin:/bin",
            "GRIST_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GRIST_INST_DIR": str(folder),
            **variables,
        }
        argv = [sys.executable, "-c", PROGRAM]
        self.pid = process.start(argv, log=self._log, env=environment, cwd=Path.cwd())

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait(self) -> Grist:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.ended() is None:
            try:
                if self.ask("GET", "/status?ready=1").status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        pytest.fail(self.log)

    def ended(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def end(self, number: int = 0) -> int:
        """Wait for the end, or bring it about."""
        if number and self.ended() is None:
            os.kill(self.pid, number)
        until = time.monotonic() + PATIENCE_S
        while (status := self.ended()) is None:
            assert time.monotonic() < until, self.log
            time.sleep(0.02)
        return status

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, raw, sent)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, told, response.read())
        finally:
            connection.close()

    def boot(self, key: str = SERVED["GRIST_BOOT_KEY"], email: str = ADMIN) -> Reply:
        return self.ask("POST", "/boot/login", {"bootKey": key, "adminEmail": email})

    def admin_key(self) -> str:
        cookie = {"Cookie": self.boot().cookie}
        return self.ask("POST", "/api/profile/apikey", {}, headers=cookie).body.decode()

    def document(self, key: str) -> str:
        """The path of a new document with one table of two rows."""
        space = self.ask("POST", "/api/orgs/current/workspaces", {"name": "W"}, key=key).json
        made = self.ask("POST", f"/api/workspaces/{space}/docs", {"name": "D"}, key=key).json
        path = f"/api/docs/{made}"
        columns = [
            {"id": "name", "fields": {"type": "Text", "label": "Name"}},
            {"id": "age", "fields": {"type": "Int"}},
            {"id": "twice", "fields": {"isFormula": True, "formula": "$age * 2"}},
        ]
        tables = {"tables": [{"id": "people", "columns": columns}]}
        assert self.ask("POST", f"{path}/tables", tables, key=key).status == 200
        rows = [{"fields": {"name": name, "age": age}} for name, age in (("a", 1), ("b", 2))]
        added = self.ask("POST", f"{path}/tables/People/records", {"records": rows}, key=key)
        assert added.status == 200
        return path


Starter = Callable[..., Grist]


def _started(folder: Path) -> Iterator[Starter]:
    running: list[Grist] = []

    def start(below: Path = folder, *, wait: bool = True, **variables: str) -> Grist:
        found = Grist(below, variables)
        running.append(found)
        return found.wait() if wait else found

    yield start
    for each in running:
        each.end(signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    yield from _started(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grist]:
    """One that serves all the tests of a module."""
    starter = _started(tmp_path_factory.mktemp("persist"))
    yield next(starter)(
        **SERVED,
        GRIST_ENABLE_SCIM="true",
        GRIST_SCIM_EMAIL="machine@town.example",
        GRIST_SCIM_USER="other@town.example",
        GRIST_ENABLE_SERVICE_ACCOUNTS="true",
        GRIST_ACCOUNT_CLOSE="true",
    )
    for _ in starter:
        pass


@pytest.fixture(scope="module")
def key(server: Grist) -> str:
    return server.admin_key()


@pytest.fixture
def served() -> dict[str, str]:
    """The environment that the design's recipe asks for."""
    return dict(SERVED)
