"""What the server last knew of each document in the bucket, kept in Redis for a day.

Stores used to show old states for a while after a change; so an object that contradicts what is
known here is not believed: one that was deleted must not be there, and of another checksum there is
only a word in the log.
"""

from __future__ import annotations

from typing import Any, Protocol

DELETED = "*DELETED*"
_LASTS_S = 24 * 3600


class Checksums(Protocol):
    """Checksums by document."""

    def read(self, document: str) -> str:
        """What is known, '' for nothing."""

    def write(self, document: str, checksum: str) -> None:
        """Remember it for a day."""


class InRedis:
    """Known to every server that uses the same Redis."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, document: str) -> str:
        """What is known, '' for nothing."""
        found = self._client.get(_name(document))
        return found.decode() if found else ""

    def write(self, document: str, checksum: str) -> None:
        """Remember it for a day."""
        self._client.setex(_name(document), _LASTS_S, checksum)


class InMemory(dict[str, str]):
    """Known to this server alone, as long as it lives."""

    def read(self, document: str) -> str:
        """What is known, '' for nothing."""
        return self.get(document, "")

    def write(self, document: str, checksum: str) -> None:
        """Remember it."""
        self[document] = checksum


def _name(document: str) -> str:
    return f"doc-{document}-checksum"
