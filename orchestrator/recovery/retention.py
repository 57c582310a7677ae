"""What is kept, held against what the tenant file promises; pure.

Longer than promised is a fault like shorter: erased data lives on in backups until they go
(decidim.md 5.3, reliability.md 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from orchestrator.model.point import RecoveryPoint
from orchestrator.ports import ObjectVersion
from orchestrator.recovery.postgresql import Base

_DAY = timedelta(days=1)


class Fit(StrEnum):
    """How what is found stands to what is promised."""

    OK = "ok"
    LONGER = "longer"
    SHORTER = "shorter"


@dataclass(frozen=True)
class Item:
    """One line of the audit: what, what was promised, what is there, and how that fits."""

    what: str
    promised: str
    found: str
    fit: Fit


@dataclass(frozen=True)
class Kept:
    """What lies in the stores of one instance.

    uploads: every version in the bucket of its objects
    lock:    days for which new versions of backups are locked, None for none
    began:   when the oldest thing of the repository was written, None where there is nothing
    """

    points: Sequence[RecoveryPoint]
    bases: Sequence[Base]
    uploads: Iterable[ObjectVersion]
    lock: int | None
    began: datetime | None


def audit(kept_for: timedelta, found: Kept, now: datetime) -> tuple[Item, ...]:
    """Every line; times are by the store's clock."""
    since = now - kept_for
    days = f"{kept_for // _DAY} days"
    return (
        _points(found.points, since, days),
        _bases(found.bases, since, days),
        _window(found, since, days, now),
        _hidden(found.uploads, since, days),
        _lock(found.lock, kept_for, days),
    )


def _points(points: Sequence[RecoveryPoint], since: datetime, days: str) -> Item:
    old = [one for one in points if one.at < since]
    text = f"{len(points)}, {len(old)} of them older" if old else f"{len(points)}, none older"
    return Item("recovery points", days, text, Fit.LONGER if old else Fit.OK)


def _bases(bases: Sequence[Base], since: datetime, days: str) -> Item:
    """The newest base before the window is needed to come to its beginning; older ones are not.

    A base that others are made of goes when the last of them does, so only full ones are counted.
    """
    full = [one for one in bases if one.kind == "full" and not one.broken]
    before = [one for one in full if one.ended <= since]
    superfluous = len(before) - 1 if before else 0
    text = (
        f"{len(bases)}, {superfluous} full ones more than needed"
        if superfluous > 0
        else (f"{len(bases)}, none more than needed")
    )
    return Item("bases of the database", days, text, Fit.LONGER if superfluous > 0 else Fit.OK)


def _window(found: Kept, since: datetime, days: str, now: datetime) -> Item:
    """How far back any moment can be reached; a young instance cannot go back before it was."""
    sound = [one for one in found.bases if not one.broken]
    if not sound:
        return Item("reach", days, "nothing can be brought back", Fit.SHORTER)
    first = min(one.ended for one in sound)
    text = f"back to {first:%Y-%m-%d %H:%M} UTC, {(now - first) // _DAY} days"
    young = found.began is None or found.began > since
    short = first > since and not young
    return Item("reach", days, text, Fit.SHORTER if short else Fit.OK)


def _hidden(uploads: Iterable[ObjectVersion], since: datetime, days: str) -> Item:
    """Versions that were overwritten or deleted before the window began: nobody can need them."""
    count = size = 0
    newer: datetime | None = None
    key = ""
    for one in uploads:  # of one key the newest first
        if one.key != key:
            key, newer = one.key, None
        if newer is not None and newer < since and not one.marker:
            count, size = count + 1, size + one.size
        newer = one.written
    text = f"{count} versions of {size} bytes gone for longer" if count else "none gone for longer"
    return Item("deleted objects", days, text, Fit.LONGER if count else Fit.OK)


def _lock(lock: int | None, kept_for: timedelta, days: str) -> Item:
    if lock is None:
        return Item("lock", days, "none: the store's lock is not proven", Fit.SHORTER)
    longer = lock > kept_for // _DAY
    return Item("lock", days, f"{lock} days", Fit.LONGER if longer else Fit.OK)
