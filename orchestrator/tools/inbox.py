"""What the sandbox's mail sink took, read over HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from orchestrator.errors.web import InboxUnreadableError, WebUnreachableError

_TIMEOUT_S = 10.0


class SandboxInbox:
    """Implements `ports.Inbox` by the list that the sink shows at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def subjects_to(self, address: str) -> Sequence[str]:
        """Subjects, oldest first. Raises WebUnreachableError, InboxUnreadableError."""
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=_TIMEOUT_S
        )
        try:
            connection.request("GET", parts.path or "/")
            text = connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise WebUnreachableError(self._url, reason=str(error)) from error
        finally:
            connection.close()
        try:
            return [one["subject"] for one in json.loads(text) if address in one["to"]]
        except (ValueError, KeyError, TypeError) as error:
            raise InboxUnreadableError(self._url, reason=repr(error)) from error
