"""The progress of a run: one moving line on a terminal, plain lines and a heartbeat elsewhere.

Nothing here decides anything: it is one of the listeners of the run's events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.text import Text

from orchestrator.engine.events import Event, Kind, Listener
from orchestrator.ui.console import Console, clean
from orchestrator.ui.durations import spoken

HEARTBEAT_S = 60.0


@contextmanager
def listening(console: Console) -> Iterator[Listener]:
    """A listener for the block's run, of the kind that suits the terminal."""
    if console.manner.verbosity < 0 or console.manner.json:
        yield lambda _event: None
        return
    if console.moving and console.manner.verbosity < 2:
        with _moving(console) as listener:
            yield listener
        return
    with _plain(console) as listener:
        yield listener


def words(event: Event) -> tuple[str, str]:
    """Where the run is, and what the event says of it; the second is empty for no news."""
    place = f"[{event.number}/{event.total}] {event.step}"
    data = dict(event.data or {})
    if event.kind is Kind.STEP_DONE:
        count = int(data.get("changes", 0))
        made = f" ({count} change{'' if count == 1 else 's'})" if count else ""
        return place, f"done in {spoken(float(data.get('seconds', 0)))}{made}"
    if event.kind is Kind.STEP_ALREADY_SO:
        return place, "already so"
    if event.kind is Kind.STEP_FAILED:
        return place, f"failed: {data.get('code', '')}"
    if event.kind is Kind.STEP_STARTED:
        return place, "…"
    return place, f"… {data.get('text', '')}" if event.kind is Kind.STEP_SAID else ""


@contextmanager
def _plain(console: Console) -> Iterator[Listener]:
    pulse = Pulse(console.say)

    def listener(event: Event) -> None:
        place, news = words(event)
        pulse.note(place if event.kind in (Kind.STEP_STARTED, Kind.STEP_SAID) else "", news)
        if event.kind is Kind.STEP_SAID and console.manner.verbosity < 1:
            return
        if news:
            console.say(f"{place}  {news}")

    with pulse.beating():
        yield listener


@contextmanager
def _moving(console: Console) -> Iterator[Listener]:
    from rich.status import Status

    status = Status("", console=console.people)

    def listener(event: Event) -> None:
        place, news = words(event)
        if event.kind in (Kind.STEP_STARTED, Kind.STEP_SAID):
            room = max(console.people.width - len(place) - 6, 10)
            status.update(Text(clean(f"{place}  {news}"[: len(place) + 2 + room])))
            status.start()
            if event.kind is Kind.STEP_SAID and console.manner.verbosity >= 1:
                console.say(f"{place}  {news}")
            return
        status.stop()
        if news:
            console.say(f"{place}  {news}")

    try:
        yield listener
    finally:
        status.stop()


class Pulse:
    """Says now and then that a long step still runs, so that nobody ends it by impatience."""

    def __init__(self, say: Callable[[str], None], every_s: float = HEARTBEAT_S) -> None:
        self._say = say
        self._every_s = every_s
        self._place = ""
        self._news = ""
        self._since = time.monotonic()
        self._over = threading.Event()

    def note(self, place: str, news: str) -> None:
        """Remember where the run is; an empty place stops the pulse."""
        if place != self._place:
            self._since = time.monotonic()
        self._place = place
        self._news = news

    def beat(self, now: float) -> None:
        """Say it once."""
        if self._place:
            news = "" if self._news == "…" else f": {self._news.removeprefix('… ')}"
            self._say(f"{self._place}  still running after {spoken(now - self._since)}{news}")

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in the background while the block runs."""
        thread = threading.Thread(target=self._loop, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _loop(self) -> None:
        while not self._over.wait(self._every_s):
            self.beat(time.monotonic())
