"""The server that each module has: threads, one answer a request, and a word on each."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from orchestrator.sandbox.standins.rudi.exchange import (
    Answer,
    RefusedError,
    Request,
    json_answer,
    refused,
)
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.release import NOTICE
from orchestrator.sandbox.standins.rudi.store import UnreachableError

_LARGEST_BODY = 500 * 2**20
_IDLE_S = 30


class Site(Protocol):
    """A module seen from the server."""

    name: str

    def answer(self, request: Request) -> Answer:
        """Answer one request. Raises RefusedError, UnreachableError."""


class Server(ThreadingHTTPServer):
    """Takes connections; each has a thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: Site) -> None:
        self.site = site
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hung up is no news."""


class Handler(BaseHTTPRequestHandler):
    """From the socket to the module and back."""

    protocol_version = "HTTP/1.1"
    server_version = "rudi-standin"
    sys_version = ""
    timeout = _IDLE_S
    server: Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            large = length > _LARGEST_BODY
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else HTTPStatus.LENGTH_REQUIRED
            self._send(refused(RefusedError(status, "the body is not taken")))
            return
        request = Request(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.client_address[0],
            self.rfile.read(length) if length else b"",
        )
        answer = _answered(self.server.site, request)
        self._send(answer)
        say(
            self.server.site.name,
            "request",
            method=request.method,
            path=request.path,
            status=int(answer.status),
            remote_ip=request.visitor,
        )

    def log_message(self, *_: object) -> None:
        """Requests are logged once they are answered."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("X-Stand-In", NOTICE)
        for name, value in (*answer.headers, ("Content-Type", answer.kind)):
            self.send_header(name, "".join(each for each in value if " " <= each <= "~"))
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def serve(site: Site, address: str, port: int) -> int:
    """Serve until SIGTERM. Raises OSError when the port is taken."""
    server = Server((address, port), site)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            each, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
        )
    say(site.name, NOTICE, address=address, port=port)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    return 0


def _answered(site: Site, request: Request) -> Answer:
    try:
        return site.answer(request)
    except RefusedError as fault:
        return refused(fault)
    except UnreachableError as fault:
        say(site.name, "the database does not answer", reason=str(fault))
        words = {"statusCode": 500, "message": "database unreachable"}
        return json_answer(words, HTTPStatus.INTERNAL_SERVER_ERROR)
