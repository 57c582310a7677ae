"""This machine's time and its journal of acts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator.model.act import Act, By, Deed
from orchestrator.model.run import Outcome


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """The time in UTC, aware of its zone."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Acts(Protocol):
    """The journal of acts: what is written stays, and each line proves the one before it.

    Raises JournalUnwritableError from `errors.acts`; then nothing counts as written.
    """

    def record(self, deed: Deed) -> Act:
        """Write a deed as the newest act; it is on the disk when this returns."""

    def close(self, run: str, outcome: Outcome, by: By, note: str = "") -> Act | None:
        """Write that a run has ended, and who says so; None when it has not begun, or ended."""
