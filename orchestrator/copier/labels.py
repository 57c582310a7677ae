"""The names of kept copies: which object, which version, and when it was written.

A copy of `docs/a.grist` lies at `objects/docs/a.grist/20261126T015900000000Z-000-v-VERSION`, one
that says that the object was deleted at `…-d-VERSION`. Names of one object sort by time; the number
parts what was written within what a store calls one moment, often a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

FOLDER = "objects/"
GONE = "gone"
"""The version of an object that is there no more without any mark that says so."""
_TIME = "%Y%m%dT%H%M%S%fZ"
_VERSION, _DELETED = "v", "d"


@dataclass(frozen=True, order=True)
class Label:
    """One version: when the instance's store took it, UTC, and which of that moment it is."""

    written: datetime
    number: int
    deleted: bool
    version: str

    @property
    def text(self) -> str:
        """The last part of the copy's name."""
        kind = _DELETED if self.deleted else _VERSION
        return f"{self.written.astimezone(UTC):{_TIME}}-{self.number:03d}-{kind}-{self.version}"

    def key(self, of: str) -> str:
        """The whole name of a copy of an object."""
        return f"{FOLDER}{of}/{self.text}"


def parsed(key: str) -> tuple[str, Label]:
    """Object and version of a copy's name. Raises ValueError for a name that is none of these."""
    of, _, text = key.removeprefix(FOLDER).rpartition("/")
    written, number, kind, version = text.split("-", 3)
    if not of or kind not in (_VERSION, _DELETED) or not version:
        raise ValueError(key)
    moment = datetime.strptime(written, _TIME).replace(tzinfo=UTC)
    return of, Label(moment, int(number), kind == _DELETED, version)
