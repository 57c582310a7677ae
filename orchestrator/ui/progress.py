"""The progress of a run: one moving line on a terminal, plain lines and a heartbeat elsewhere.

Where instances run side by side, each line begins with the product of its own, or where they are of
several tenants with the whole name.
Nothing here decides anything: it is one of the listeners of the run's events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.text import Text

from orchestrator.engine.events import Event, Kind, Listener
from orchestrator.ui.console import Console, clean
from orchestrator.ui.durations import spoken

HEARTBEAT_S = 60.0
_RUNNING = (Kind.STEP_STARTED, Kind.STEP_SAID)
_BETWEEN = " · "
_SPINNER = 4  # the columns of the sign that turns, and some air


@contextmanager
def listening(console: Console, *, whole: bool = False) -> Iterator[Listener]:
    """A listener for the block's run, of the kind that suits the terminal.

    whole: whether instances are told by their whole names
    """
    if console.manner.verbosity < 0 or console.manner.json:
        yield lambda _event: None
        return
    if console.moving and console.manner.verbosity < 2:
        with _moving(console, whole=whole) as listener:
            yield listener
        return
    with _plain(console, whole=whole) as listener:
        yield listener


def words(event: Event, *, whole: bool = False) -> tuple[str, str]:
    """Where the run is, and what the event says of it; the second is empty for no news."""
    name = event.instance if whole else event.instance.rpartition("/")[2]
    place = f"[{event.number}/{event.total}] {event.step}" if event.step else ""
    place = f"{name} {place}".strip()
    data = dict(event.data or {})
    if event.kind is Kind.STEP_DONE:
        count = int(data.get("changes", 0))
        made = f" ({count} change{'' if count == 1 else 's'})" if count else ""
        return place, f"done in {spoken(float(data.get('seconds', 0)))}{made}"
    if event.kind is Kind.STEP_ALREADY_SO:
        return place, "already so"
    if event.kind is Kind.STEP_FAILED:
        return place, f"failed: {data.get('code', '')}"
    if event.kind is Kind.NOT_BEGUN:
        return place, f"not begun: {data.get('text', '')}"
    if event.kind is Kind.STEP_STARTED:
        return place, "…"
    return place, f"… {data.get('text', '')}" if event.kind is Kind.STEP_SAID else ""


@contextmanager
def _plain(console: Console, *, whole: bool) -> Iterator[Listener]:
    pulse = Pulse(console.say)

    def listener(event: Event) -> None:
        place, news = words(event, whole=whole)
        here = place if event.kind in _RUNNING else ""
        pulse.note(here, news, event.instance)
        if event.kind is Kind.STEP_SAID and console.manner.verbosity < 1:
            return
        if news:
            console.say(f"{place}  {news}")

    with pulse.beating():
        yield listener


@contextmanager
def _moving(console: Console, *, whole: bool) -> Iterator[Listener]:
    from rich.status import Status

    status = Status("", console=console.people)
    running: dict[str, tuple[str, str]] = {}

    def move() -> None:
        status.update(Text(clean(moving_line(list(running.values()), console.people.width))))
        status.start()

    def listener(event: Event) -> None:
        place, news = words(event, whole=whole)
        if event.kind in _RUNNING:
            running[event.instance] = place, news
            move()
            if event.kind is Kind.STEP_SAID and console.manner.verbosity >= 1:
                console.say(f"{place}  {news}")
            return
        running.pop(event.instance, None)
        status.stop()
        if news:
            console.say(f"{place}  {news}")
        if running and event.kind is not Kind.RUN_ENDED:
            move()

    try:
        yield listener
    finally:
        status.stop()


def moving_line(running: Sequence[tuple[str, str]], width: int) -> str:
    """What each running instance does, in one line; each has the same room, cut at its end."""
    room = (width - _SPINNER - len(_BETWEEN) * (len(running) - 1)) // len(running)
    parts = (f"{place}  {news}"[: max(room, len(place) + 12)] for place, news in running)
    return _BETWEEN.join(parts)


@dataclass(frozen=True)
class _Beat:
    """Where an instance is, what it said last, and since when it is there."""

    place: str
    news: str
    since: float


class Pulse:
    """Says now and then that a long step still runs, so that nobody ends it by impatience."""

    def __init__(self, say: Callable[[str], None], every_s: float = HEARTBEAT_S) -> None:
        self._say = say
        self._every_s = every_s
        self._beats: dict[str, _Beat] = {}
        self._over = threading.Event()

    def note(self, place: str, news: str, instance: str = "") -> None:
        """Remember where the instance is; an empty place stops its pulse."""
        before = self._beats.pop(instance, None)
        if place:
            since = before.since if before and before.place == place else time.monotonic()
            self._beats[instance] = _Beat(place, news, since)

    def beat(self, now: float) -> None:
        """Say it once for each instance."""
        for one in list(self._beats.values()):
            news = "" if one.news == "…" else f": {one.news.removeprefix('… ')}"
            self._say(f"{one.place}  still running after {spoken(now - one.since)}{news}")

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
