"""What the web servers of all stand-ins have in common: a thread a connection, one way for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_IDLE_S = 30


class Connections(ThreadingHTTPServer):
    """Takes connections; each has a thread that does not outlive the process."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hung up is no news."""


class Visit(BaseHTTPRequestHandler, ABC):
    """One connection; whatever the method, `serve` answers."""

    protocol_version = "HTTP/1.1"
    sys_version = ""
    timeout = _IDLE_S

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    @abstractmethod
    def serve(self) -> None:
        """Answer one request."""

    def log_message(self, *_: object) -> None:
        """Requests are logged once they are answered."""

    @property
    def length(self) -> int:
        """Bytes of the body that follow."""
        return int(self.headers.get("Content-Length") or 0)

    def taken(self) -> bytes:
        """The body."""
        return self.rfile.read(self.length) if self.length else b""

    def named(self) -> dict[str, str]:
        """The headers by their names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}
