"""Where the time of a run goes: what it waited for, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from orchestrator.engine.events import Event
from orchestrator.ports import Clock

WAITED = "waited_s"


class Stopwatch:
    """Adds up what others took while we waited for them, by their name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[str, float] = {}
        self._busy = False

    @contextmanager
    def waiting(self, whom: str) -> Iterator[None]:
        """Count the block as time of theirs; a wait within a wait belongs to the outer one."""
        if self._busy:
            yield
            return
        self._busy = True
        started = self._clock.monotonic()
        try:
            yield
        finally:
            self._busy = False
            self._spent[whom] = self._spent.get(whom, 0.0) + self._clock.monotonic() - started

    def lap(self) -> Mapping[str, float]:
        """What came together since this was asked last, in seconds."""
        found, self._spent = self._spent, {}
        return {whom: round(seconds, 3) for whom, seconds in found.items()}


def waits(events: Iterable[Event]) -> dict[str, float]:
    """The same of a whole run, from its events; the longest first."""
    total: dict[str, float] = {}
    for event in events:
        for whom, seconds in (event.data or {}).get(WAITED, {}).items():
            total[whom] = total.get(whom, 0.0) + seconds
    return {whom: round(total[whom], 3) for whom in sorted(total, key=lambda one: -total[one])}
