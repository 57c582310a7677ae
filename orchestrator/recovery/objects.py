"""The objects of a moment: chosen, counted, and held against the rows that name them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator.ports import ObjectVersion
from orchestrator.recovery.history import Choice, as_of

GUARD_S = 60
"""How much later than its row an object may have come (reliability.md 2.2); the skew is added."""
_PARTS = "-"


@dataclass(frozen=True)
class Reference:
    """An object that a row names.

    size:  bytes, None where the row does not say
    md5:   in base64, '' where the row has none
    young: whether it may not have come yet: the product brings it some seconds after its row
    """

    key: str
    size: int | None
    md5: str
    young: bool = False


@dataclass(frozen=True)
class Chosen:
    """The objects of a moment, and what the rows name but nobody has.

    missing:   objects that no version of was found
    differing: objects of another content than their row says
    coming:    objects that are not there and may not have come by then
    """

    choices: tuple[Choice, ...]
    missing: tuple[str, ...]
    differing: tuple[str, ...]
    coming: tuple[str, ...] = ()

    @property
    def present(self) -> tuple[Choice, ...]:
        """Those that exist at the moment."""
        return tuple(one for one in self.choices if one.version)

    @property
    def bytes(self) -> int:
        """Their size."""
        return sum(one.size for one in self.present)

    @property
    def digest(self) -> str:
        """SHA-256 over every key with its version, sorted."""
        total = hashlib.sha256()
        for one in sorted(self.present, key=lambda choice: choice.key):
            total.update(f"{one.key}\0{one.version}\n".encode())
        return total.hexdigest()


def references(found: Iterable[Mapping[str, Any]]) -> tuple[Reference, ...]:
    """What the database says, as values."""
    return tuple(
        Reference(
            str(one["key"]),
            None if one.get("size") is None else int(one["size"]),
            str(one.get("md5") or ""),
            bool(one.get("young")),
        )
        for one in found
    )


def choose(
    versions: Iterable[ObjectVersion],
    moment: datetime,
    guard_s: int,
    named: Iterable[Reference],
) -> Chosen:
    """The objects of a moment, and every name that leads to none or to another content."""
    wanted = {one.key: one for one in named}
    choices = tuple(as_of(versions, moment, timedelta(seconds=guard_s), frozenset(wanted)))
    have = {one.key: one for one in choices if one.version}
    absent = [one for key, one in wanted.items() if key not in have]
    return Chosen(
        choices,
        missing=tuple(sorted(one.key for one in absent if not one.young)),
        coming=tuple(sorted(one.key for one in absent if one.young)),
        differing=tuple(
            sorted(key for key, one in wanted.items() if key in have and _differs(one, have[key]))
        ),
    )


def _differs(wanted: Reference, have: Choice) -> bool:
    if wanted.size is not None and wanted.size != have.size:
        return True
    # What was sent in parts has an etag of another making; its size has to do.
    if not wanted.md5 or _PARTS in have.etag:
        return False
    return base64.b64decode(wanted.md5).hex() != str(have.etag)
