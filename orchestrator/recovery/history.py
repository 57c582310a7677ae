"""Which version of each object belongs to a moment: database first, objects after.

Rows name objects by keys that are random and never written twice. So where the database of a moment
is brought back, an object too many is a harmless orphan, and one too few is lost data: what a row
names is looked for a little later than the moment, and behind a deletion.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.ports import ObjectVersion

_UNVERSIONED = "null"
_PARTS = "-"


@dataclass(frozen=True)
class Choice:
    """What an object was at a moment.

    version: None when a row names the object, and no version of it can be found
    size:    bytes; 0 without a version, as `etag` is empty then and `written` None
    late:    it was written after the moment, within the guard
    raised:  it was deleted at the moment, and is wanted all the same since a row names it
    """

    key: str
    version: str | None
    size: int
    etag: str
    written: datetime | None
    late: bool
    raised: bool


@dataclass(frozen=True)
class Difference:
    """What makes a bucket as it was.

    bring: versions (key, version) that must become the newest of their keys
    hide:  keys of objects that were not there
    right: how many objects are as they were already
    """

    bring: tuple[tuple[str, str], ...]
    hide: tuple[str, ...]
    right: int


def as_of(
    versions: Iterable[ObjectVersion],
    moment: datetime,
    guard: timedelta,
    needed: Collection[str],
) -> Iterator[Choice]:
    """The choice for each object that was there at the moment, or that the database's rows name.

    `versions` come by key, and of one key the newest first, as `ObjectHistory.versions` gives them.
    Choices come by key; those of needed objects that have no version at all come last. Objects that
    no row names and that were deleted, or not yet there, have none.

    Stores tell times to the second, rounded down: what is overwritten within the second of the
    moment counts as written by then.
    """
    rest = set(needed)
    for key, several in itertools.groupby(versions, key=lambda one: one.key):
        history = list(several)
        if key in rest:
            rest.remove(key)
            yield _wanted(key, history, moment, guard)
        else:
            current = next((one for one in history if one.written <= moment), None)
            if current and not current.marker:
                yield _choice(current)
    for key in sorted(rest):
        yield _lost(key)


def difference(choices: Iterable[Choice], now: Iterable[ObjectVersion]) -> Difference:
    """What must be done to a bucket so that it has what was chosen, and nothing else.

    `now` is that bucket's history, which may be another one than the choices are from. What has the
    same content is left alone; so is an object that a row names and that was not found.
    """
    newest = {one.key: one for one in now if one.newest and not one.marker}
    bring = []
    right = 0
    for choice in choices:
        kept = newest.pop(choice.key, None)
        if choice.version is None:
            continue
        if kept and _same(choice, kept):
            right += 1
        else:
            bring.append((choice.key, choice.version))
    return Difference(bring=tuple(bring), hide=tuple(sorted(newest)), right=right)


def unlike(choices: Iterable[Choice], now: Iterable[ObjectVersion]) -> tuple[str, ...]:
    """Keys of chosen objects that are not there, or have another size or checksum.

    The checksum of what was sent in parts is of another making than that of a copy; there the size
    has to do.
    """
    newest = {one.key: one for one in now if one.newest and not one.marker}

    def differs(choice: Choice) -> bool:
        there = newest.get(choice.key)
        if there is None or there.size != choice.size:
            return True
        return there.etag != choice.etag and _PARTS not in there.etag + choice.etag

    return tuple(sorted(one.key for one in choices if one.version and differs(one)))


def _wanted(key: str, history: list[ObjectVersion], moment: datetime, guard: timedelta) -> Choice:
    by_then = [one for one in history if one.written <= moment]
    if kept := next((one for one in by_then if not one.marker), None):
        return _choice(kept, raised=by_then[0].marker)
    soon = [one for one in history if not one.marker and one.written <= moment + guard]
    return _choice(soon[-1], late=True) if soon else _lost(key)


def _choice(one: ObjectVersion, *, late: bool = False, raised: bool = False) -> Choice:
    return Choice(one.key, one.version, one.size, one.etag, one.written, late, raised)


def _lost(key: str) -> Choice:
    return Choice(key, None, 0, "", None, late=False, raised=False)


def _same(choice: Choice, kept: ObjectVersion) -> bool:
    """Whether it is the chosen content; every object of a bucket without versions is `null`."""
    if choice.version == kept.version != _UNVERSIONED:
        return True
    return (choice.etag, choice.size) == (kept.etag, kept.size)
