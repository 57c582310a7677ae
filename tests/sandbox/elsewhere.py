"""The platform with one thing wrong: another connection, a store too busy or ahead."""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.model.connection import Connection
from tests.sandbox.project import NAME, Project

_BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CHUNK = 65_536
_DATE = re.compile(rb"(?<=\r\nDate: )[^\r]+ GMT(?=\r\n)")
Told = Callable[[bytes], bytes]
"""What is made of a piece of what the store says."""


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


def early_store(
    endpoint: str, seconds: int, after: bytes = b""
) -> contextlib.AbstractContextManager[str]:
    """The real store with a clock that is ahead, once it has said what is `after`."""
    jumped = [not after]

    def later(found: re.Match[bytes]) -> bytes:
        told = parsedate_to_datetime(found[0].decode()) + timedelta(seconds=seconds)
        return format_datetime(told, usegmt=True).encode()

    def told(said: bytes) -> bytes:
        dated = _DATE.sub(later, said) if jumped[0] else said
        jumped[0] = jumped[0] or after in said
        return dated

    return busy_store(endpoint, lambda _number: False, told)


def cut_store(endpoint: str, after: bytes) -> contextlib.AbstractContextManager[str]:
    """The real store until it has said what is `after`: from then on nothing comes through."""
    cut = [False]

    def told(said: bytes) -> bytes:
        if cut[0]:
            raise ConnectionResetError
        cut[0] = after in said
        return said

    return busy_store(endpoint, lambda _number: cut[0], told, answer=b"")


@contextlib.contextmanager
def busy_store(
    endpoint: str, busy: Callable[[int], bool], told: Told = bytes, answer: bytes = _BUSY
) -> Iterator[str]:
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
                self.request.sendall(answer)
                return
            with socket.create_connection((str(real.hostname), int(real.port or 80))) as store:
                back = threading.Thread(target=_copy, args=(store, self.request, told), daemon=True)
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


def _copy(source: socket.socket, target: socket.socket, told: Told = bytes) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(told(chunk))
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
