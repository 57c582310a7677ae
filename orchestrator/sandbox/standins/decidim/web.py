"""The web process: threads, a pid file, and a way to stop that drops no request."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path

from orchestrator.sandbox.standins.common.serving import Connections, Visit
from orchestrator.sandbox.standins.decidim.environment import PUBLIC_HEALTH_TOKEN, Environment
from orchestrator.sandbox.standins.decidim.exchange import Answer, Request
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import Release, notice
from orchestrator.sandbox.standins.decidim.site import HEALTH, Site

_LARGEST_BODY = 30 * 2**20
_PATIENCE_S = 30.0
_SETTLE_S = 0.2


class AlreadyRunningError(Exception):
    """The pid file names a process that lives; in a container that is the server's own number."""


class Server(Connections):
    """Takes connections; as many requests as there are threads are answered at once."""

    def __init__(self, address: tuple[str, int], site: Site, log: Log) -> None:
        self.site = site
        self.log = log
        self.places = threading.BoundedSemaphore(
            max(1, site.environment.integer("RAILS_MAX_THREADS", 5))
        )
        self.in_hand = 0
        self.counting = threading.Lock()
        self.stopping = threading.Event()
        super().__init__(address, Handler)

    def take_the_waiting(self) -> None:
        """Take connections that were made before we stopped listening; closing would reset them."""
        self.timeout = 0.0
        while select.select([self.socket], [], [], 0)[0]:
            self.handle_request()


class Handler(Visit):
    """From the socket to the site and back."""

    server_version = "decidim-standin"
    server: Server

    def serve(self) -> None:
        """Every method goes the same way."""
        if self.length > _LARGEST_BODY:
            self.close_connection = True
            self._send(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large\n", "text/plain"))
            return
        request = Request(
            self.command,
            self.path,
            self.named(),
            self.client_address[0],
            self.taken(),
        )
        with self.server.counting:
            self.server.in_hand += 1
        began = time.monotonic()
        try:
            with self.server.places:
                answer = self.server.site.answer(request)
            self._send(answer)
        finally:
            with self.server.counting:
                self.server.in_hand -= 1
        if not request.path.startswith(HEALTH):
            self.server.log.say(
                "request",
                method=request.method,
                path=request.path,
                status=int(answer.status),
                host=request.headers.get("host", ""),
                remote_ip=request.visitor,
                duration=round((time.monotonic() - began) * 1000, 1),
            )

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value.encode("ascii", "ignore").decode())
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        if self.server.stopping.is_set():
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def serve(
    environment: Environment,
    release: Release,
    log: Log,
    *,
    address: str,
    port: int,
    pid_file: Path | None,
) -> int:
    """Serve until SIGTERM. Raises AlreadyRunningError, and OSError when the port is taken.

    Without a pid file nobody looks whether a server runs already.
    """
    if pid_file is not None:
        take(pid_file)
    try:
        server = Server((address, port), Site(environment, release, log), log)
        watch = _health_server(environment, release, log, address)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: _stop(server))
        log.say(notice(release), address=address, port=port, pid=os.getpid())
        server.serve_forever(poll_interval=0.1)
        server.take_the_waiting()
        server.server_close()
        time.sleep(_SETTLE_S)
        ends = time.monotonic() + _PATIENCE_S
        while server.in_hand and time.monotonic() < ends:
            time.sleep(0.05)
        if watch is not None:
            watch.shutdown()
        log.say("Goodbye!")
    finally:
        if pid_file is not None and pid_file.is_file():
            pid_file.unlink()
    return 0


def take(pid_file: Path) -> None:
    """Write the pid file, unless it names a process that lives.

    A container's server always has the number 1. Whatever a killed one left behind therefore
    names ourselves, and we refuse to start: the product's own trap.
    """
    text = pid_file.read_text(encoding="utf-8").strip() if pid_file.is_file() else ""
    if text.isdigit() and int(text) > 0:
        try:
            os.kill(int(text), 0)
        except ProcessLookupError:
            pid_file.unlink()
        except PermissionError:
            raise AlreadyRunningError(pid_file) from None
        else:
            raise AlreadyRunningError(pid_file)
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    pid_file.write_text(f"{os.getpid()}\n", encoding="utf-8")


def _stop(server: Server) -> None:
    server.stopping.set()
    threading.Thread(target=server.shutdown, daemon=True).start()


def _health_server(
    environment: Environment, release: Release, log: Log, address: str
) -> Server | None:
    """The second health page, on a port of its own, behind a token that everybody knows."""
    if not environment.enabled("PUMA_HEALTH_CHECK_ENABLED"):
        return None
    token = environment.text("PUMA_HEALTH_CHECK_TOKEN", PUBLIC_HEALTH_TOKEN)

    class Guarded(Site):
        """Answers whoever knows the token."""

        def answer(self, request: Request) -> Answer:
            if request.query.get("token") != token:
                return self._frame.missing("en")
            return super().answer(Request("GET", HEALTH, {}, request.peer))

    port = environment.integer("PUMA_HEALTH_CHECK_PORT", 3124)
    server = Server((address, port), Guarded(environment, release, log), log)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def refuse(pid_file: Path) -> int:
    """What the framework says when the pid file is in the way."""
    print(f"A server is already running. Check {pid_file}.", file=sys.stderr)
    return 1
