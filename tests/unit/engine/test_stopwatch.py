"""Who was waited for, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.engine.events import Event, Kind
from orchestrator.engine.stopwatch import WAITED, Stopwatch, waits

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Clock:
    """Moves only when told to."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return AT

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def test_waits_are_added_up_by_whom_and_a_lap_begins_anew() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    for whom, seconds in (("engine", 3.0), ("pods", 1.0), ("engine", 2.0)):
        with watch.waiting(whom):
            clock.sleep(seconds)
        clock.sleep(10)
    assert watch.lap() == {"engine": 5.0, "pods": 1.0}
    assert watch.lap() == {}


def test_a_wait_within_a_wait_counts_once_even_when_it_fails() -> None:
    clock = Clock()
    watch = Stopwatch(clock)

    def fails() -> None:
        with watch.waiting("engine"):
            clock.sleep(1)
            with watch.waiting("pods"):
                clock.sleep(2)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fails()
    assert watch.lap() == {"engine": 3.0}


def test_the_waits_of_a_run_come_from_its_events() -> None:
    events = [
        Event(Kind.RUN_STARTED, AT, data={"run": "abc123"}),
        Event(Kind.STEP_DONE, AT, "bucket", 1, 2, {WAITED: {"services": 0.5}}),
        Event(Kind.STEP_FAILED, AT, "infrastructure", 2, 2, {WAITED: {"engine": 40.0}}),
        Event(Kind.STEP_DONE, AT, "infrastructure", 2, 2, {WAITED: {"engine": 2.0, "pods": 1.0}}),
    ]
    assert list(waits(events).items()) == [("engine", 42.0), ("pods", 1.0), ("services", 0.5)]
