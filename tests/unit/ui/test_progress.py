"""Progress off a terminal, on one, and the heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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


def played(seen: Any, events: Any = RUN) -> Any:
    with progress.listening(seen.console) as listener:
        for one in events:
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


def of(product: str, one: Any) -> Any:
    return replace(one, instance=f"saint-martin/{product}")


SEVERAL = [
    event(Kind.RUN_STARTED, run="7f3c91", verb="onboard", subject="saint-martin"),
    of("decidim", event(Kind.STEP_STARTED, "secrets", 1)),
    of("grist", event(Kind.STEP_STARTED, "secrets", 1)),
    of("grist", event(Kind.STEP_ALREADY_SO, "secrets", 1, seconds=0.2)),
    of("decidim", event(Kind.STEP_SAID, "secrets", 1, text="writing [mail]")),
    of("grist", event(Kind.STEP_STARTED, "infrastructure", 2)),
    of("decidim", event(Kind.STEP_FAILED, "secrets", 1, code="secrets-sealed", message="sealed")),
    of("grist", event(Kind.STEP_DONE, "infrastructure", 2, seconds=12.0)),
    of("rudi", event(Kind.NOT_BEGUN, text="it needs saint-martin/decidim")),
    event(
        Kind.RUN_ENDED,
        outcome="partly done",
        seconds=14.0,
        message="saint-martin/decidim failed; 1 of 3 instances is done",
        instances={
            "saint-martin/decidim": "failed",
            "saint-martin/grist": "done",
            "saint-martin/rudi": "not begun",
        },
    ),
]


def test_lines_of_several_instances_name_their_products(
    screen: Callable[..., Any], transcript: Callable[[str, str], None]
) -> None:
    seen = played(screen(terminal=False), SEVERAL)
    transcript("progress-several", seen.err.getvalue())


def test_the_log_of_a_run_of_several_instances(
    screen: Callable[..., Any], transcript: Callable[[str, str], None]
) -> None:
    seen = screen()
    for one in SEVERAL:
        log_view.show(seen.console, one)
    transcript("run-log-several", seen.out.getvalue())


def test_the_moving_line_tells_of_each_running_instance() -> None:
    running = [("grist [3/8] infrastructure", "… waiting"), ("decidim [2/7] bucket", "…")]
    line = progress.moving_line(running, 100)
    assert line == "grist [3/8] infrastructure  … waiting · decidim [2/7] bucket  …"
    long = [(place, "x" * 200) for place, _ in running]
    assert len(progress.moving_line(long, 100)) <= 96
    assert len(progress.moving_line(long[:1], 100)) == 96


def test_an_instance_that_ends_leaves_the_others_on_the_moving_line(
    screen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    moving_line = progress.moving_line
    monkeypatch.setattr(
        progress, "moving_line", lambda *given: lines.append(moving_line(*given)) or lines[-1]
    )
    said = played(screen(), SEVERAL).err.getvalue()
    assert "grist [2/3] infrastructure  done in 12 s\n" in said
    assert lines[1] == "decidim [1/3] secrets  … · grist [1/3] secrets  …"
    assert lines[2] == "decidim [1/3] secrets  …"
    assert lines[-1] == "grist [2/3] infrastructure  …"


def test_the_heart_beats_for_each_instance() -> None:
    said: list[str] = []
    pulse = progress.Pulse(said.append)
    pulse.note("grist [1/3] secrets", "…", "a/grist")
    pulse.note("decidim [2/3] bucket", "… waiting", "a/decidim")
    pulse.note("", "", "a/grist")
    pulse.beat(pulse._beats["a/decidim"].since + 60)
    assert said == ["decidim [2/3] bucket  still running after 1 min 0 s: waiting"]
