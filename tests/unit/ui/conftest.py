"""A terminal in memory, 100 columns wide, without colour."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.ui.console import Console, Manner


@dataclass
class Screen:
    console: Console
    out: io.StringIO
    err: io.StringIO


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Screen]:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TTY_INTERACTIVE", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def make(*, terminal: bool = True, colour: bool = False, **manner: Any) -> Screen:
        out, err = io.StringIO(), io.StringIO()
        console = Console(
            Manner(colour=colour, **manner), out=out, err=err, width=100, terminal=terminal
        )
        return Screen(console, out, err)

    return make


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody sits there and types these lines."""

    def typed(*lines: str, there: bool = True) -> None:
        stdin = io.StringIO("".join(f"{line}\n" for line in lines))
        monkeypatch.setattr(stdin, "isatty", lambda: there, raising=False)
        monkeypatch.setattr("sys.stdin", stdin)

    return typed
