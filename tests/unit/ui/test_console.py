"""Streams kept apart, and nothing from outside that moves the cursor or reads as markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ui.console import clean


def test_results_go_to_stdout_and_talk_to_stderr(screen: Callable[..., Any]) -> None:
    seen = screen()
    seen.console.result("the result")
    seen.console.say("the talk")
    assert seen.out.getvalue() == "the result\n"
    assert seen.err.getvalue() == "the talk\n"


def test_square_brackets_of_data_stay(screen: Callable[..., Any]) -> None:
    seen = screen(colour=True)
    seen.console.result("[tenant acme] up :smile:")
    assert "[tenant acme] up :smile:" in seen.out.getvalue()


def test_control_characters_are_made_visible(screen: Callable[..., Any]) -> None:
    seen = screen()
    seen.console.say("a\x1b[2Jb\rc")
    assert seen.err.getvalue() == "a\\x1b[2Jb\\x0dc\n"


@given(st.text())
def test_cleaned_text_holds_no_control_but_line_and_tab(text: str) -> None:
    assert not {
        letter for letter in clean(text) if ord(letter) < 32 or 127 <= ord(letter) < 160
    } - {"\n", "\t"}


def test_a_long_line_is_neither_wrapped_nor_cut(screen: Callable[..., Any]) -> None:
    for terminal in (True, False):
        seen = screen(terminal=terminal)
        seen.console.result("word " * 60)
        assert seen.out.getvalue().count("\n") == 1
        assert seen.out.getvalue().count("word") == 60


@pytest.mark.parametrize(("verbosity", "said"), [(-1, ""), (0, "news\n"), (1, "news\ncommand\n")])
def test_verbosity(screen: Callable[..., Any], verbosity: int, said: Any) -> None:
    seen = screen(verbosity=verbosity)
    seen.console.say("news")
    seen.console.whisper("command")
    assert seen.err.getvalue() == said


def test_quiet_still_shows_results_and_faults(screen: Callable[..., Any]) -> None:
    seen = screen(verbosity=-1)
    seen.console.result("result")
    seen.console.insist("fault")
    assert (seen.out.getvalue(), seen.err.getvalue()) == ("result\n", "fault\n")


def test_with_json_nothing_but_json_is_said(screen: Callable[..., Any]) -> None:
    seen = screen(json=True)
    seen.console.say("talk")
    seen.console.document({"format": "orchestrator/x/v1", "name": "é"})
    assert seen.err.getvalue() == ""
    assert json.loads(seen.out.getvalue())["name"] == "é"


def test_no_colour_off_a_terminal(screen: Callable[..., Any]) -> None:
    from rich.text import Text

    for terminal, colour in ((False, True), (True, False)):
        seen = screen(terminal=terminal, colour=colour)
        seen.console.result(Text("red", style="red"))
        assert seen.out.getvalue() == "red\n"
    seen = screen(terminal=True, colour=True)
    seen.console.result(Text("red", style="red"))
    assert "\x1b[31m" in seen.out.getvalue()


@pytest.mark.parametrize("variable", [("CI", "1"), ("TERM", "dumb")])
def test_nobody_is_there(
    screen: Callable[..., Any],
    answers: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    variable: tuple[str, str],
) -> None:
    answers("y")
    assert screen().console.someone_there
    assert not screen(ask=False).console.someone_there
    assert not screen(terminal=False).console.someone_there
    monkeypatch.setenv(*variable)
    assert not screen().console.someone_there
