"""The real time; the only module that asks the machine for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` by the machine's own clocks."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back, whatever happens to the wall clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; nothing at all when `seconds` is not above zero."""
        if seconds > 0:
            from orchestrator.engine.stop import pause  # no plan sleeps

            pause(seconds)
