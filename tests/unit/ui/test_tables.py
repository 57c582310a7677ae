"""Lists for eyes and lists for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.ui.tables import details, table

ROWS = [("saint-martin", "live", "0.32.1"), ("val-d-oise", "not onboarded", "")]


def test_aligned_with_heading_on_a_terminal(screen: Callable[..., Any]) -> None:
    seen = screen()
    table(seen.console, ("tenant", "state", "release"), ROWS)
    assert seen.out.getvalue() == (
        "TENANT        STATE          RELEASE\n"
        "saint-martin  live           0.32.1\n"
        "val-d-oise    not onboarded\n"
    )


def test_tabs_without_heading_when_piped_or_plain(screen: Callable[..., Any]) -> None:
    for seen in (screen(terminal=False), screen(plain=True)):
        table(seen.console, ("tenant", "state", "release"), ROWS)
        assert seen.out.getvalue() == ("saint-martin\tlive\t0.32.1\nval-d-oise\tnot onboarded\t\n")


def test_a_tab_in_data_does_not_make_a_column(screen: Callable[..., Any]) -> None:
    seen = screen(terminal=False)
    table(seen.console, ("a", "b"), [("x\ty", "z")])
    assert seen.out.getvalue() == "x y\tz\n"


def test_an_empty_list_is_its_heading(screen: Callable[..., Any]) -> None:
    seen = screen()
    table(seen.console, ("a", "b"), [])
    assert seen.out.getvalue() == "A  B\n"


def test_details(screen: Callable[..., Any]) -> None:
    seen = screen()
    details(seen.console, [("run", "7f3c91"), ("outcome", "done")])
    assert seen.out.getvalue() == "run      7f3c91\noutcome  done\n"
