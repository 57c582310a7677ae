"""Which snapshots are kept: the newest few, and the newest of each hour, day, week, month, year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Something of a time."""

    @property
    def at(self) -> datetime: ...


Kept = TypeVar("Kept", bound=Dated)

_SPANS: Mapping[str, Callable[[datetime], tuple[int, ...]]] = {
    "hour": lambda at: (at.year, at.month, at.day, at.hour),
    "day": lambda at: (at.year, at.month, at.day),
    "isoWeek": lambda at: tuple(at.isocalendar()[:2]),
    "month": lambda at: (at.year, at.month),
    "year": lambda at: (at.year,),
}


def superfluous(snapshots: Sequence[Kept], time_cap: Mapping[str, int], keep: int) -> list[Kept]:
    """The snapshots that may go, of all of them with the newest first."""
    kept = set(range(min(max(keep, 1), len(snapshots))))
    for unit, span in _SPANS.items():
        seen: set[tuple[int, ...]] = set()
        for place, each in enumerate(snapshots):
            mark = span(each.at)
            if mark in seen:
                continue
            if len(seen) >= time_cap[unit]:
                break
            seen.add(mark)
            kept.add(place)
    return [each for place, each in enumerate(snapshots) if place not in kept]
