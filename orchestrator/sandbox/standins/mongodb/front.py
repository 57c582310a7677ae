"""Connections in, judged message by message, and on to the database behind."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.sandbox.standins.mongodb import wire
from orchestrator.sandbox.standins.mongodb.bson import BrokenError
from orchestrator.sandbox.standins.mongodb.mending import mended
from orchestrator.sandbox.standins.mongodb.refusals import HOST_UNREACHABLE, refusal
from orchestrator.sandbox.standins.mongodb.session import Session
from orchestrator.sandbox.standins.mongodb.users import Users

_PATIENCE_S = 60.0


class Front(socketserver.ThreadingTCPServer):
    """Takes connections; each has a thread, and a connection of its own to what is behind."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], users: Users, behind: tuple[str, int]) -> None:
        self.users = users
        self.behind = behind
        super().__init__(address, Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


class Connection(socketserver.BaseRequestHandler):
    """One client."""

    server: Front
    request: socket.socket

    def handle(self) -> None:
        """Until either side hangs up, or says something that is no message."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._session = Session(self.server.users)
        self._behind: socket.socket | None = None
        try:
            while (message := wire.read(exactly(self.request))) is not None:
                self._serve(message)
        except (wire.ProtocolError, BrokenError, ValueError, OSError):
            return
        finally:
            if self._behind is not None:
                self._behind.close()

    def _serve(self, message: wire.Message) -> None:
        command = message.command
        if not command:
            raise wire.ProtocolError
        document = self._session.answer(command)
        if document is None and message.operation != wire.OP_MSG:
            raise wire.ProtocolError
        if document is None:
            raw = self._passed_on(message, command)
        else:
            raw = wire.answer(message, document)
        if not message.wants_no_answer:
            self.request.sendall(raw)

    def _passed_on(self, message: wire.Message, command: Mapping[str, Any]) -> bytes:
        try:
            if self._behind is None:
                self._behind = socket.create_connection(self.server.behind, timeout=_PATIENCE_S)
                self._behind.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._behind.sendall(message.forwarded)
            found = wire.read(exactly(self._behind))
        except OSError:
            found = None
        if found is not None:
            return mended(command, message, found)
        self._behind = None
        return wire.answer(message, refusal(HOST_UNREACHABLE, "the database does not answer"))


def exactly(connection: socket.socket) -> Callable[[int], bytes]:
    """Read so many bytes, or fewer when the stream ends."""

    def take(count: int) -> bytes:
        parts = []
        while count:
            part = connection.recv(min(count, 1 << 20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    return take
