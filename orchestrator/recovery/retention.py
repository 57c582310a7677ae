"""What is kept, held against what the tenant file promises; pure.

Longer than promised is a fault like shorter: erased data lives on in backups until they go
(decidim.md 5.3, reliability.md 1.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from orchestrator.model.point import RecoveryPoint
from orchestrator.recovery.leftovers import Leftover
from orchestrator.recovery.postgresql import Base
from orchestrator.recovery.pruning import full_bases_kept

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


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

    uploads: versions of its objects that are read by nobody and needed by no point
    backups: the same of its backups
    lock:    days for which new versions of backups are locked, None for none
    began:   when the oldest thing of the repository was written, None where there is nothing
    """

    points: Sequence[RecoveryPoint]
    bases: Sequence[Base]
    uploads: Leftover
    backups: Leftover
    lock: int | None
    began: datetime | None


def audit(kept_for: timedelta, found: Kept, now: datetime) -> tuple[Item, ...]:
    """Every line; times are by the store's clock."""
    since = now - kept_for
    days = f"{kept_for // _DAY} days" if kept_for >= _DAY else f"{kept_for // _MINUTE} minutes"
    return (
        _points(found.points, since, days),
        _bases(found, since, days, now),
        _window(found, since, days, now),
        _left("deleted objects", found.uploads, days),
        _left("deleted backups", found.backups, days),
        _lock(found.lock, kept_for, days),
    )


def _points(points: Sequence[RecoveryPoint], since: datetime, days: str) -> Item:
    old = [one for one in points if one.at < since]
    text = f"{len(points)}, {len(old)} of them older" if old else f"{len(points)}, none older"
    return Item("recovery points", days, text, Fit.LONGER if old else Fit.OK)


def _bases(found: Kept, since: datetime, days: str, now: datetime) -> Item:
    """The newest base before the window is needed to come to its beginning; older ones are not.

    A base that others are made of goes when the last of them does, so only full ones are counted.
    """
    bases = found.bases
    kept = [one for one in found.points if one.expires >= now]
    named = [one.database.base for one in kept if one.database]
    named += [one.files.snapshot for one in kept if one.files]
    full = sum(one.kind == "full" for one in bases)
    superfluous = full - full_bases_kept(bases, since, named)
    more = f"{superfluous} full ones more" if superfluous else "none more"
    text = f"{len(bases)}, {more} than needed"
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


def _left(what: str, found: Leftover, days: str) -> Item:
    """What was overwritten, deleted or taken away, and nobody can need.

    What is locked is younger than the promise, unless the lock itself is longer.
    """
    text = f"{found.count} versions of {found.bytes} bytes for longer" if found.versions else "none"
    if found.locked:
        text += f"; {len(found.locked)} locked, until {max(found.locked.values()):%Y-%m-%d}"
    return Item(what, days, text, Fit.LONGER if found.versions else Fit.OK)


def _lock(lock: int | None, kept_for: timedelta, days: str) -> Item:
    if lock is None:
        return Item("lock", days, "none: the store's lock is not proven", Fit.SHORTER)
    longer = lock > kept_for // _DAY
    return Item("lock", days, f"{lock} days", Fit.LONGER if longer else Fit.OK)
