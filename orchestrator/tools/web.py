"""The public side of an instance, asked as a browser would: through its entrance, TLS verified.

Public names need not resolve where the orchestrator runs, so the connection goes to the entrance's
address, and the name is sent and verified as usual. Any other host is asked directly: an object
store hands out addresses of its own.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from orchestrator.errors.web import WebUnreachableError, WebUntrustedError
from orchestrator.model.connection import Entrance
from orchestrator.ports import WebAnswer

_TIMEOUT_S = 15.0


class EntranceWeb:
    """Implements `ports.Web` for the public names of one instance."""

    def __init__(self, entrance: Entrance, authority: Path, domains: Sequence[str]) -> None:
        self._entrance = entrance
        self._authority = authority
        self._domains = frozenset(domains)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> WebAnswer:
        """Ask once. Raises WebUnreachableError, WebUntrustedError."""
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        try:
            connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
            try:
                connection.request(method, target, body=body, headers=dict(headers or {}))
                answer = connection.getresponse()
                return WebAnswer(answer.status, dict(answer.getheaders()), answer.read())
            finally:
                connection.close()
        except ssl.SSLCertVerificationError as error:
            raise WebUntrustedError(url, reason=error.verify_message) from error
        except (OSError, http.client.HTTPException) as error:
            raise WebUnreachableError(url, reason=str(error)) from error

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        context = ssl.create_default_context(cafile=str(self._authority))
        if host not in self._domains:
            return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
        place = (self._entrance.address, self._entrance.port)
        connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
        connection.sock = context.wrap_socket(
            socket.create_connection(place, _TIMEOUT_S), server_hostname=host
        )
        return connection
