"""Whether the database answers whoever has logged in: a probe without a secret in its arguments."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.sandbox.standins.mongodb import wire
from orchestrator.sandbox.standins.mongodb.bson import BrokenError
from orchestrator.sandbox.standins.mongodb.front import exactly
from orchestrator.sandbox.standins.mongodb.main import NotSetError, root
from orchestrator.sandbox.standins.mongodb.scram import MECHANISM, keyed

_PATIENCE_S = 5.0
_BINDING = "biws"  # nothing is bound to the connection, in the words of the exchange
_COMMANDS = ("ping", "listDatabases")  # the front answers the first, the database the second


class NotReadyError(Exception):
    """The server did not let us in, or refused a command."""


Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def main() -> int:
    """Log in as the superuser and ping. Returns an exit status; says why on stderr."""
    address = ("127.0.0.1", int(os.environ.get("MONGO_PORT", "27017")))
    try:
        name, password = root(os.environ)
        with socket.create_connection(address, timeout=_PATIENCE_S) as connection:
            look(_asking(connection), name, password)
    except (NotReadyError, NotSetError, BrokenError, ValueError, OSError) as fault:
        print(f"mongod-ready: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    return 0


def look(ask: Ask, name: str, password: str) -> None:
    """Log in and have commands carried out. Raises NotReadyError."""
    _log_in(ask, name, password)
    for command in _COMMANDS:
        _checked(ask({command: 1}))


def _asking(connection: socket.socket) -> Ask:
    def ask(command: Mapping[str, Any]) -> Mapping[str, Any]:
        connection.sendall(wire.asked({**command, "$db": "admin"}))
        if (found := wire.read(exactly(connection))) is None:
            raise NotReadyError("the server hung up")
        return found.command

    return ask


def _log_in(ask: Ask, name: str, password: str) -> None:
    escaped = name.replace("=", "=3D").replace(",", "=2C")
    bare = f"n={escaped},r={secrets.token_urlsafe(18)}"
    begun = _checked(
        ask(
            {
                "saslStart": 1,
                "mechanism": MECHANISM,
                "payload": f"n,,{bare}".encode(),
                "options": {"skipEmptyExchange": True},
            }
        )
    )
    first = begun["payload"].decode()
    fields = {part[:1]: part[2:] for part in first.split(",")}
    salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    client = keyed(salted, b"Client Key")
    unproven = f"c={_BINDING},r={fields['r']}"
    whole = f"{bare},{first},{unproven}".encode()
    signature = keyed(hashlib.sha256(client).digest(), whole)
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature, strict=True)))
    payload = f"{unproven},p={proof.decode()}".encode()
    ended = _checked(ask({"saslContinue": 1, "conversationId": 1, "payload": payload}))
    theirs = base64.b64encode(keyed(keyed(salted, b"Server Key"), whole))
    if not hmac.compare_digest(ended["payload"], b"v=" + theirs):
        raise NotReadyError("whoever answers does not know the password")


def _checked(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if answer.get("ok") != 1:
        raise NotReadyError(str(answer.get("errmsg")))
    return answer


if __name__ == "__main__":
    sys.exit(main())
