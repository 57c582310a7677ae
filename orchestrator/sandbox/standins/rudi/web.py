"""The server that each module has: threads, one answer a request, and a word on each."""

from __future__ import annotations

import signal
import threading
from http import HTTPStatus
from typing import Protocol

from orchestrator.sandbox.standins.common.serving import Connections, Visit
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


class Site(Protocol):
    """A module seen from the server."""

    name: str

    def answer(self, request: Request) -> Answer:
        """Answer one request. Raises RefusedError, UnreachableError."""


class Server(Connections):
    """Takes connections; each has a thread."""

    def __init__(self, address: tuple[str, int], site: Site) -> None:
        self.site = site
        super().__init__(address, Handler)


class Handler(Visit):
    """From the socket to the module and back."""

    server_version = "rudi-standin"
    server: Server

    def serve(self) -> None:
        """Every method goes the same way."""
        if self.length > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            large = self.length > _LARGEST_BODY
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else HTTPStatus.LENGTH_REQUIRED
            self._send(refused(RefusedError(status, "the body is not taken")))
            return
        request = Request(
            self.command,
            self.path,
            self.named(),
            self.client_address[0],
            self.taken(),
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
