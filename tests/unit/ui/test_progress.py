"""Progress off a terminal, on one, and the heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.engine.events import Event, Kind
from orchestrator.ui import log_view, progress

AT = datetime(2026, 11, 23, 2, 4, tzinfo=UTC)


def event(kind: Any, step: Any = "", number: int = 0, **data: Any) -> Any:
    return Event(kind, AT, step, number, 3 if number else 0, data)


RUN = [
    event(Kind.RUN_STARTED, run="7f3c91", verb="onboard", subject="saint-martin/decidim"),
    event(Kind.STEP_STARTED, "secrets", 1),
    event(Kind.STEP_ALREADY_SO, "secrets", 1, seconds=0.2),
    event(Kind.STEP_STARTED, "infrastructure", 2),
    event(Kind.STEP_SAID, "infrastructure", 2, text="pulumi up --stack [x]"),
    event(Kind.STEP_DONE, "infrastructure", 2, seconds=192.0, changes=5),
    event(Kind.STEP_STARTED, "bootstrap", 3),
    event(Kind.STEP_FAILED, "bootstrap", 3, code="play-failed", message="play failed"),
    event(Kind.RUN_ENDED, outcome="failed", seconds=195.5, message="play failed"),
]


def played(seen: Any) -> Any:
    with progress.listening(seen.console) as listener:
        for one in RUN:
            listener(one)
    return seen


def test_plain_lines_off_a_terminal(
    screen: Callable[..., Any], transcript: Callable[[str, str], None]
) -> None:
    seen = played(screen(terminal=False))
    assert seen.out.getvalue() == ""
    transcript("progress-plain", seen.err.getvalue())


def test_verbose_shows_what_steps_say(screen: Callable[..., Any]) -> None:
    assert "pulumi up --stack [x]" not in played(screen(terminal=False)).err.getvalue()
    assert "pulumi up --stack [x]" in played(screen(terminal=False, verbosity=1)).err.getvalue()


def test_silence(screen: Callable[..., Any]) -> None:
    for seen in (screen(terminal=False, verbosity=-1), screen(json=True)):
        assert played(seen).err.getvalue() == ""


def test_finished_steps_stay_on_a_terminal(screen: Callable[..., Any]) -> None:
    said = played(screen()).err.getvalue()
    assert "[1/3] secrets  already so\n" in said
    assert "[2/3] infrastructure  done in 3 min 12 s (5 changes)\n" in said
    assert "[3/3] bootstrap  failed: play-failed\n" in said


def test_no_moving_line_for_screen_readers(
    screen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_INTERACTIVE", "0")
    assert not screen().console.moving
    assert not screen(plain=True).console.moving


def test_the_heart_beats_while_a_step_runs() -> None:
    said = []
    pulse = progress.Pulse(said.append)
    pulse.note("[2/3] infrastructure", "… waiting for web")
    since = pulse._beats[""].since
    pulse.beat(since + 120)
    pulse.note("", "done")
    pulse.beat(since + 500)
    assert said == ["[2/3] infrastructure  still running after 2 min 0 s: waiting for web"]


def test_the_heart_stops_with_the_run() -> None:
    pulse = progress.Pulse(lambda _text: None, every_s=0.001)
    with pulse.beating():
        pulse.note("[1/1] x", "…")
    assert pulse._over.is_set()


def test_the_log_of_a_run(
    screen: Callable[..., Any], transcript: Callable[[str, str], None]
) -> None:
    seen = screen()
    for one in RUN:
        log_view.show(seen.console, one)
    transcript("run-log", seen.out.getvalue())
