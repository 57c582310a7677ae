"""Quick questions to the sandbox's own parts: does it answer, and well?"""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

_TIMEOUT_S = 2.0
# HTTP/2's fixed opening, then an empty frame of settings, to which a server must answer its own.
_HTTP2_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def answers(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), _TIMEOUT_S):
            return True
    except OSError:
        return False


def greets(host: str, port: int) -> bool:
    """Whether whoever accepts connections there speaks first, as a mail relay does."""
    try:
        with socket.create_connection((host, port), _TIMEOUT_S) as client:
            return bool(client.recv(1))
    except OSError:
        return False


def well(
    host: str,
    port: int,
    path: str,
    *,
    authority: Path | None = None,
    client: tuple[Path, Path] | None = None,
) -> bool:
    """Whether a GET is answered with 200; over TLS where an authority is given."""
    connection: http.client.HTTPConnection
    if authority is None:
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    else:
        context = ssl.create_default_context(cafile=str(authority))
        if client:
            context.load_cert_chain(*client)
        connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers_calls(path: Path) -> bool:
    """Whether a gRPC server behind a socket file answers the first words of a conversation.

    Connecting alone says little: the kernel also accepts for a process that hangs.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_TIMEOUT_S)
        try:
            client.connect(str(path))
            client.sendall(_HTTP2_HELLO)
            return bool(client.recv(1))
        except OSError:
            return False
