"""What the sandbox's mail sink has taken: a JSON list, oldest first."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from orchestrator.errors.web import InboxUnreadableError

TIMEOUT_S = 10.0


class JsonInbox:
    """Implements `ports.Inbox`; `url` is that of the list."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s

    def subjects_to(self, address: str) -> Sequence[str]:
        """Subjects of the messages taken for an address, oldest first.

        Raises InboxUnreadableError.
        """
        wanted = address.casefold()
        try:
            return tuple(
                str(message["subject"])
                for message in self._messages()
                if wanted in (str(to).casefold() for to in message["to"])
            )
        except (KeyError, TypeError) as error:
            reason = "it answers, but not with a list of messages"
            raise InboxUnreadableError(self._url, reason=reason) from error

    def _messages(self) -> Any:
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=self._timeout_s
        )
        try:
            connection.request("GET", parts.path or "/")
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise InboxUnreadableError(self._url, reason=f"it answers {answer.status}")
            return json.loads(answer.read())
        except ValueError as error:
            reason = "it answers, but not with JSON"
            raise InboxUnreadableError(self._url, reason=reason) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise InboxUnreadableError(self._url, reason=reason) from error
        finally:
            connection.close()
