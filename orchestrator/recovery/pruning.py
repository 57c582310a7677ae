"""What of the backups has had its time and may go; pure.

A moment is brought back from the newest base, or snapshot, that is not younger than it. So of what
is older than the time that is promised, the newest stays, and whatever a recovery point hangs on.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.model.point import RecoveryPoint
from orchestrator.ports import ObjectVersion
from orchestrator.recovery.files import Snapshot
from orchestrator.recovery.postgresql import Base, full_of

Name = tuple[str, str]
"""Key and version of something in one bucket."""


@dataclass(frozen=True)
class Points:
    """The believed points of an instance: whose time is over, and which stay; newest first."""

    expired: tuple[RecoveryPoint, ...]
    kept: tuple[RecoveryPoint, ...]


def parted(points: Iterable[RecoveryPoint], now: datetime) -> Points:
    """The points whose own day has come, and the others; the newest of all stays in any case."""
    newest_first = sorted(points, key=lambda one: one.id, reverse=True)
    expired = tuple(one for one in newest_first[1:] if one.expires < now)
    kept = tuple(one for one in newest_first if one not in expired)
    return Points(expired, kept)


def full_bases_kept(bases: Sequence[Base], since: datetime, named: Collection[str]) -> int:
    """How many full bases must stay, counted from the newest; all where none is old enough.

    bases: the oldest first, as the engine counts them, broken ones as well
    named: labels of bases that points hang on which stay
    """
    full = [one for one in bases if one.kind == "full"]
    before = [place for place, one in enumerate(full) if not one.broken and one.ended <= since]
    hung_on = {full_of(one) for one in named}
    needed = [place for place, one in enumerate(full) if one.label in hung_on]
    return len(full) - min([*before[-1:], *needed]) if before else len(full)


def forgotten(
    snapshots: Iterable[Snapshot], since: datetime, named: Collection[str]
) -> tuple[Snapshot, ...]:
    """The snapshots that may go.

    named: by the engine's own names, those of points which stay
    """
    before = sorted((one for one in snapshots if one.as_of <= since), key=lambda one: one.as_of)
    return tuple(one for one in before[:-1] if one.snapshot not in named)


def passed(
    versions: Iterable[ObjectVersion], since: datetime, taken: Collection[Name]
) -> Iterator[tuple[ObjectVersion, ...]]:
    """The histories of the keys of which something may go, if nothing else holds it.

    versions: by key, and of one key the newest first
    """
    judge = _Judge(since, taken, frozenset())
    for _key, several in itertools.groupby(versions, key=lambda one: one.key):
        history = tuple(several)
        if judge.going(history):
            yield history


def going(
    histories: Iterable[Sequence[ObjectVersion]],
    since: datetime,
    taken: Collection[Name],
    staying: Collection[Name],
) -> tuple[ObjectVersion, ...]:
    """Versions that may be destroyed, then marks: one of these hides what lies below it.

    What is read now never goes. A version does when what came in its place was written before the
    time that is promised, or when it was taken away as expired.

    taken:   what was taken away as expired
    staying: what a point needs that stays, and what is locked
    """
    judge = _Judge(since, taken, staying)
    found = [one for each in histories for one in judge.going(each)]
    return (*(one for one in found if not one.marker), *(one for one in found if one.marker))


class _Judge:
    def __init__(self, since: datetime, taken: Collection[Name], staying: Collection[Name]) -> None:
        self._since = since
        self._taken = taken
        self._keys = {key for key, _ in taken}
        self._staying = staying

    def going(self, history: Sequence[ObjectVersion]) -> list[ObjectVersion]:
        """Of one key, the newest first."""
        newest, *older = history
        found = []
        newer = newest
        for one in older:
            name = (one.key, one.version)
            # Also below something younger: what was taken was hidden when it was.
            if name not in self._staying and (newer.written < self._since or name in self._taken):
                found.append(one)
            newer = one
        # The mark itself, with nothing left that it could hide.
        last = newest.marker and len(found) == len(older)
        if last and (newest.written < self._since or newest.key in self._keys):
            found.append(newest)
        return found
