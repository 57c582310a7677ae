"""Asking a run to stop: once after the step in hand, twice at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Set by the first Ctrl-C or SIGTERM; the second one interrupts what is being done."""

    def __init__(self, said: Callable[[str], None] = lambda _text: None) -> None:
        self.requested = False
        self._said = said

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Take one request; raises KeyboardInterrupt for the second."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        self._said("stopping after this step; once more to stop now")

    @contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Listen for Ctrl-C and SIGTERM while the block runs."""
        before = {
            number: signal.signal(number, self.ask) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
