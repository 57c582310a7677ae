"""A clock that tests own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class SteppingClock:
    """A clock that moves one second at every look."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        self.passed += 1.0
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
