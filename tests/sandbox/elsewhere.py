"""The platform with one thing wrong: a copy of its connection, and a store that is too busy."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.model.connection import Connection
from tests.sandbox.project import NAME, Project

_BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CHUNK = 65_536


def reached_by(project: Project, connection: Connection, folder: Path) -> Project:
    """The project as it is when the platform is reached by another connection."""
    place = folder / NAME
    place.mkdir(parents=True, exist_ok=True)
    (place / "connection.json").write_text(connection.model_dump_json(), encoding="utf-8")
    return project.with_environment(ORCHESTRATOR_SANDBOX_DIR=str(folder))


def nobody() -> str:
    """An address of this machine where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host, port = taken.getsockname()
    return f"{host}:{port}"


@contextlib.contextmanager
def busy_store(endpoint: str, busy: Callable[[int], bool]) -> Iterator[str]:
    """The real store behind a door that answers 503 to the connections `busy` names, from 1."""
    real = urlsplit(endpoint)
    counting = threading.Lock()
    seen = 0

    class Door(socketserver.BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            nonlocal seen
            with counting:
                seen += 1
                refuse = busy(seen)
            if refuse:
                self.request.recv(_CHUNK)
                self.request.sendall(_BUSY)
                return
            with socket.create_connection((str(real.hostname), int(real.port or 80))) as store:
                back = threading.Thread(target=_copy, args=(store, self.request), daemon=True)
                back.start()
                _copy(self.request, store)
                back.join()

    class Doors(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Doors(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        host, port = server.server_address[:2]
        yield f"http://{host!s}:{port}"
        server.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
