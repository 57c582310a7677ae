"""The public side of an instance, asked as a browser would, whatever public names resolve to.

Connections for public names go to the entrance's own address, with the name in SNI and Host, so
that a site can be tried before its name is published. Redirects are answers; nothing is followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from orchestrator.errors.web import WebUnreachableError, WebUntrustedError
from orchestrator.ports import WebAnswer

TIMEOUT_S = 20.0
_LARGEST = 64 * 2**20


class EntranceWeb:
    """Implements `ports.Web`.

    `direct` are addresses that are not behind the entrance and are connected to as they stand, the
    object store's above all: `http://10.0.0.2:8333`. A bucket's name before the host is no other
    place.
    """

    def __init__(
        self,
        address: str,
        port: int,
        authority: Path,
        direct: Iterable[str] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._entrance = (address, port)
        self._authority = authority
        self._direct = tuple(_place(urlsplit(url)) for url in direct)
        self._timeout_s = timeout_s

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> WebAnswer:
        """Ask once. Raises WebUntrustedError, WebUnreachableError."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WebUnreachableError(url, reason="it is not an address of the web")
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        shown = f"{parts.scheme}://{parts.netloc}"  # a query may be a signature
        connection = self._connection(parts)
        given = {name.title(): value for name, value in (headers or {}).items()}
        sent = {"Host": parts.netloc, "User-Agent": "orchestrator", **given}
        try:
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            return WebAnswer(answer.status, dict(answer.getheaders()), answer.read(_LARGEST))
        except ssl.SSLCertVerificationError as error:
            raise WebUntrustedError(shown, reason=error.verify_message) from error
        except TimeoutError as error:
            reason = f"there was no answer within {self._timeout_s:g} s"
            raise WebUnreachableError(shown, reason=reason) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise WebUnreachableError(shown, reason=reason) from error
        finally:
            connection.close()

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = _place(parts)
        direct = any(
            port == one_port and (host == one or host.endswith(f".{one}"))
            for one, one_port in self._direct
        )
        place = (host, port) if direct else self._entrance
        if parts.scheme == "http":
            return _Plain(host, place, self._timeout_s)
        context = ssl.create_default_context(cafile=None if direct else str(self._authority))
        if direct:  # it may be a public one, or the platform's own
            context.load_verify_locations(cafile=str(self._authority))
        return _Tls(host, place, self._timeout_s, context)


class _Plain(http.client.HTTPConnection):
    """A connection to a place for a host."""

    def __init__(self, host: str, place: tuple[str, int], timeout_s: float) -> None:
        super().__init__(host, place[1], timeout=timeout_s)
        self._place = place

    def connect(self) -> None:
        """Connect to the place, not to what the host's name resolves to."""
        self.sock = socket.create_connection(self._place, self.timeout)


class _Tls(_Plain):
    """The same, with TLS and the host's name in it."""

    def __init__(
        self, host: str, place: tuple[str, int], timeout_s: float, context: ssl.SSLContext
    ) -> None:
        super().__init__(host, place, timeout_s)
        self._context = context

    def connect(self) -> None:
        """Connect to the place and see that it holds a certificate of the host."""
        super().connect()
        plain = self.sock
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _place(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
