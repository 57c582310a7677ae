"""`drill list`, for eyes and for programs; the standing is a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.ui import drills_view
from tests.unit.report.fleet import report


def test_on_a_terminal(screen: Callable[..., Any]) -> None:
    seen = screen()
    drills_view.listed(seen.console, report().lines)
    assert seen.out.getvalue() == (
        "INSTANCE              LAST GREEN            AGE   RPO         RTO         STANDING\n"
        "saint-martin/decidim  2026-11-23 02:10 UTC  11 d  4 min 0 s   5 min 12 s  green\n"
        "saint-martin/grist    -                     -     -           -           red\n"
        "val-des-ormes/grist   2026-11-23 02:10 UTC  11 d  51 h 0 min  5 min 12 s  due\n"
        "val-des-ormes/rudi    -                     3 d   -           -           never\n"
    )


def test_for_programs(screen: Callable[..., Any]) -> None:
    seen = screen(terminal=False)
    drills_view.listed(seen.console, report().lines)
    assert seen.out.getvalue().splitlines()[0].split("\t") == [
        "saint-martin/decidim",
        "2026-11-23 02:10 UTC",
        "11 d",
        "4 min 0 s",
        "5 min 12 s",
        "green",
    ]
