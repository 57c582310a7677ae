"""Asking a run to stop: once after the step in hand, twice at once.

Python gives signals to the main thread alone. A thread that does a part of the run is governed by
the run's request instead, and asks it wherever it waits.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType


class StopRequest:
    """Set by the first Ctrl-C or SIGTERM; the second one interrupts what is being done."""

    def __init__(self, said: Callable[[str], None] = lambda _text: None) -> None:
        self.requested = False
        self.at_once = threading.Event()
        self._said = said

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Take one request; raises KeyboardInterrupt for the second."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        self._said("stopping after this step; once more to stop now")

    def end_threads(self) -> None:
        """Interrupt the threads that are governed by this request, wherever they wait next."""
        self.requested = True
        self.at_once.set()

    @contextmanager
    def governing(self) -> Iterator[None]:
        """Let this thread be interrupted by this request while the block runs."""
        token = _GOVERNING.set(self)
        try:
            yield
        finally:
            _GOVERNING.reset(token)

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


_GOVERNING: ContextVar[StopRequest | None] = ContextVar("governing", default=None)


def pause(seconds: float) -> None:
    """Wait. Raises KeyboardInterrupt in a governed thread as soon as it is to end, even for 0 s."""
    request = _GOVERNING.get()
    if request is None:
        time.sleep(seconds)
    elif request.at_once.wait(seconds):
        raise KeyboardInterrupt
