"""Threads that do parts of one work, while the main thread waits and takes the signals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from orchestrator.engine.stop import StopRequest

GRACE_S = 15.0
"""How long threads are waited for that were told to end; a program may take 5 s of it twice."""
_LOOK_EVERY_S = 0.1

Result = TypeVar("Result")


class Crew(Generic[Result]):
    """One thread a name; each leaves a result or a fault under its name.

    What raises in the block ends the threads first: those that wait for a program end it, those
    that sleep wake up. One that waits for a server's answer is left behind after GRACE_S, and ends
    with our process.
    """

    def __init__(self, stop: StopRequest) -> None:
        self.results: dict[str, Result] = {}
        self.faults: dict[str, BaseException] = {}
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._over: SimpleQueue[str] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if fault is not None:
            self._end()

    def begin(self, name: str, job: Callable[[], Result]) -> None:
        """Start a thread, which the stop request governs."""

        def do() -> None:
            try:
                with self._stop.governing():
                    self.results[name] = job()
            except BaseException as error:  # noqa: BLE001  whoever waits for the thread raises it
                self.faults[name] = error
            finally:
                self._over.put(name)

        thread = threading.Thread(target=do, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def next(self) -> str:
        """Wait until one more is over; its name."""
        while True:
            # In short pieces: a signal that another thread was given is taken only between two.
            with suppress(Empty):
                return self._over.get(timeout=_LOOK_EVERY_S)

    def _end(self) -> None:
        self._stop.end_threads()
        for _ in range(int(GRACE_S / _LOOK_EVERY_S)):
            if not any(thread.is_alive() for thread in self._threads):
                return
            with suppress(Empty):
                self._over.get(timeout=_LOOK_EVERY_S)
