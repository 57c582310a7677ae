"""Objects as they were at a moment, chosen among their versions; pure.

Database first, objects after (reliability.md 2.2): rows name objects by keys that are never used
again, so an object that came a moment after its row belongs to it, and one that was deleted while
its row still stands is the one that the mark of its deletion hides.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.ports import ObjectVersion


@dataclass(frozen=True)
class Choice:
    """What counts of a key at the moment; `version` is '' where it did not exist.

    late:   it came after the moment, within the guard, and a row names it
    raised: it was deleted by then, and a row names it all the same
    """

    key: str
    version: str
    size: int = 0
    etag: str = ""
    written: datetime | None = None
    late: bool = False
    raised: bool = False


@dataclass(frozen=True)
class Difference:
    """What a bucket needs to be as chosen: versions (key, version) to bring, keys to hide."""

    bring: tuple[tuple[str, str], ...]
    hide: tuple[str, ...]


def as_of(
    versions: Iterable[ObjectVersion],
    moment: datetime,
    guard: timedelta,
    named: Collection[str],
) -> Iterator[Choice]:
    """A choice for every key that there ever was; versions by key, newest first."""
    for key, group in itertools.groupby(versions, key=lambda one: one.key):
        yield _choice(key, list(group), moment, guard, named=key in named)


def difference(choices: Iterable[Choice], now: Iterable[ObjectVersion]) -> Difference:
    """What is not yet as chosen; what holds the same content already is left alone."""
    newest = {one.key: one for one in now if one.newest and not one.marker}
    bring: list[tuple[str, str]] = []
    hide: list[str] = []
    for choice in choices:
        there = newest.get(choice.key)
        if not choice.version:
            hide += [choice.key] if there else []
        elif there is None or not _same(choice, there):
            bring.append((choice.key, choice.version))
    return Difference(tuple(bring), tuple(hide))


def _choice(
    key: str,
    versions: list[ObjectVersion],
    moment: datetime,
    guard: timedelta,
    *,
    named: bool,
) -> Choice:
    by_then = [one for one in versions if one.written <= moment]
    if by_then and not by_then[0].marker:
        return _chosen(by_then[0])
    if not named:
        return Choice(key, "")
    if hidden := next((one for one in by_then if not one.marker), None):
        return _chosen(hidden, raised=True)
    # The first one after it: what was written over it later is of a later time.
    later = (one for one in reversed(versions) if moment < one.written <= moment + guard)
    first = next((one for one in later if not one.marker), None)
    return _chosen(first, late=True) if first else Choice(key, "")


def _chosen(one: ObjectVersion, *, late: bool = False, raised: bool = False) -> Choice:
    return Choice(one.key, one.version, one.size, one.etag, one.written, late, raised)


def _same(choice: Choice, there: ObjectVersion) -> bool:
    return choice.version == there.version or (choice.etag, choice.size) == (there.etag, there.size)
