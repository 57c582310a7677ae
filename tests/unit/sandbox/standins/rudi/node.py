"""A node as a container runs it: processes on loopback, folders of its own, a database of files."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import socket
import subprocess  # noqa: TID251 - the processes under test
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[5]
FAKES = Path(__file__).with_name("fakes")
TEMPLATES = ROOT / "orchestrator/sandbox/standins/files/rudi/app/config/ini"
REAL = os.environ.get("RUDI_TEST_MONGODB", "")
"""The superuser's address of a database that is there, for a run by hand with the driver."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Node:
    """One container of the image."""

    folder: Path
    port: int
    variables: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "log.txt"

    def start(self, *, wait_for: tuple[str, ...] = ()) -> Node:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "orchestrator.sandbox.standins.rudi.start"],
                env=self.variables,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        for path in wait_for:
            self.await_status(path, 200)
        return self

    def await_status(self, path: str, status: int, seconds: float = 10) -> None:
        ends = time.monotonic() + seconds
        found: Any = None
        while time.monotonic() < ends:
            try:
                found = self.ask("GET", path).status
            except OSError as fault:
                found = fault
            if found == status:
                return
            time.sleep(0.03)
        message = f"{path}: {found}\n{self.said}"
        raise AssertionError(message)

    def await_words(self, words: str, seconds: float = 10) -> None:
        ends = time.monotonic() + seconds
        while words not in self.said:
            assert time.monotonic() < ends, self.said
            time.sleep(0.03)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(10)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        module = path.strip("/").partition("/")[0]
        offset = {"storage": 1, "manager": 2}.get(module, 0)
        url = f"http://127.0.0.1:{self.port + offset}{path}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(url, data=data, headers=given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - of ours
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as fault:
            with fault:
                return Reply(fault.code, fault.headers, fault.read())

    def content(self, database: str, kind: str) -> tuple[list[dict[str, Any]], list[Any]]:
        """Documents and indexes of a collection, past the node."""
        if REAL:
            return _real_content(database, kind)
        path = self.folder / "mongo" / f"{database}.pickle"
        found = pickle.loads(path.read_bytes()).get(kind, {})  # noqa: S301
        return found.get("documents", []), found.get("indexes", [])

    def path(self, name: str) -> Path:
        return Path(self.variables[name])


Maker = Callable[..., Node]


def _real_content(database: str, kind: str) -> tuple[list[dict[str, Any]], list[Any]]:
    import pymongo  # type: ignore[import-not-found]

    with pymongo.MongoClient(REAL) as client:
        found = client[database][kind]
        indexes = found.index_information().values()
        return list(found.find()), [
            (each["key"][0][0], {"expireAfterSeconds": each.get("expireAfterSeconds")})
            for each in indexes
        ]


def _real_users() -> dict[str, str]:
    """A user of each database of a node, as the base address alone can name one."""
    import pymongo  # type: ignore[import-not-found]

    prefix = f"t{time.time_ns()}_"
    with pymongo.MongoClient(REAL) as client:
        for name in ("rudi_catalog", "rudi_storage", "renamed"):
            client[prefix + name].command("createUser", "node", pwd="pencil", roles=["readWrite"])
        host, port = client.address
    return {"MONGODB": f"mongodb://node:pencil@{host}:{port}", "DB_PREFIX": prefix}


def _free_ports() -> int:
    for base in range(20000 + os.getpid() % 10000, 60000, 4):
        try:
            for offset in range(3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
        except OSError:
            continue
        return base
    raise AssertionError("no port is free")


def made(folder: Path, **variables: str) -> Node:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mongo").mkdir(exist_ok=True)
    shutil.copytree(TEMPLATES, folder / "ini", dirs_exist_ok=True)
    port = _free_ports()
    paths = [str(ROOT)] if REAL else [str(ROOT), str(FAKES)]
    folders = {
        f"{name}_DIR": str(folder / name.lower())
        for name in ("INI", "SAFE", "MEDIA", "LOG", "DB", "PUBKEY", "BACKUP")
    }
    return Node(
        folder,
        port,
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": ":".join(paths),
            "FAKE_MONGO": str(folder / "mongo"),
            "NODE_BASE_PORT": str(port),
            "LOCAL_URL": "http://127.0.0.1",
            "ENABLE_DB": "false",
            **(_real_users() if REAL else {"MONGODB": "mongodb://there", "DB_PREFIX": ""}),
            **folders,
            **variables,
        },
    )
