"""The web process: it answers at once, and stops only when the documents are safe."""

from __future__ import annotations

import signal
import sys
import threading
import time
from http import HTTPStatus

from orchestrator.sandbox.standins.common.serving import Connections, Visit
from orchestrator.sandbox.standins.grist import start
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import Answer, Request
from orchestrator.sandbox.standins.grist.frame import Instance
from orchestrator.sandbox.standins.grist.library import PATIENCE_S
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.release import NOTICE
from orchestrator.sandbox.standins.grist.site import Site

_LARGEST_BODY = 500 * 2**20
_DRAIN_S = 10.0


class Server(Connections):
    """Takes connections."""

    def __init__(self, address: tuple[str, int], site: Site, log: Log) -> None:
        self.site = site
        self.log = log
        self.in_hand = 0
        self.counting = threading.Lock()
        super().__init__(address, Handler)


class Handler(Visit):
    """From the socket to the site and back."""

    server_version = "grist-standin"
    server: Server

    def serve(self) -> None:
        """Every method goes the same way."""
        if self.length > _LARGEST_BODY:
            self.close_connection = True
            self._send(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large\n", "text/plain"))
            return
        request = Request(self.command, self.path, self.named(), self.taken())
        with self.server.counting:
            self.server.in_hand += 1
        began = time.monotonic()
        try:
            answer = self.server.site.answer(request)
            self.close_connection |= answer.status == HTTPStatus.SWITCHING_PROTOCOLS
            self._send(answer)
        finally:
            with self.server.counting:
                self.server.in_hand -= 1
        took = round((time.monotonic() - began) * 1000, 1)
        self.server.log.request(request, int(answer.status), took)

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value.encode("ascii", "ignore").decode())
        socket = answer.status == HTTPStatus.SWITCHING_PROTOCOLS
        if answer.status != HTTPStatus.NO_CONTENT and not socket:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != HTTPStatus.NO_CONTENT:
            self.wfile.write(body)


def serve(environment: Environment, log: Log) -> int:
    """Serve until SIGTERM. Returns an exit status; raises OSError when the port is taken."""
    site, stop = Site(environment), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    server = Server(environment.address, site, log)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
    ).start()
    log.always(NOTICE, port=environment.address[1])
    try:
        instance = start.prepared(environment, log)
    except Exception as fault:  # noqa: BLE001 - the last frame: reason and status
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr, flush=True)
        return 1
    site.instance = instance
    instance.ready.set()
    _until(stop, server, instance)
    log.always("Goodbye!")
    return 0


def _until(stop: threading.Event, server: Server, instance: Instance) -> None:
    """Push documents until the end; then let the last visitors go, and push what is left."""
    done = threading.Event()
    pusher = threading.Thread(target=instance.library.push_until, args=(done,))
    pusher.start()
    stop.wait()
    server.shutdown()
    ends = time.monotonic() + _DRAIN_S
    while server.in_hand and time.monotonic() < ends:
        time.sleep(0.05)
    server.server_close()
    done.set()
    pusher.join(PATIENCE_S)
