"""Three lines after success."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orchestrator.model.report import RunReport
from orchestrator.model.run import Author, Outcome, Run
from orchestrator.ui import closing

RUN = Run(
    "7f3c91",
    "onboard",
    "saint-martin/decidim",
    Author("operator", "workstation", 42),
    datetime(2026, 11, 23, 2, 4, tzinfo=UTC),
    {"orchestrator": "0.1.0"},
    outcome=Outcome.DONE,
    ended=datetime(2026, 11, 23, 2, 5, tzinfo=UTC),
)


def report(acted: int = 9) -> Any:
    return RunReport(
        RUN,
        acted,
        "saint-martin/decidim is live at https://participer.saint-martin.example",
        "`orchestrator status saint-martin`",
        "sign in with the invitation sent to mairie@saint-martin.example",
    )


def test_closing(screen: Callable[..., Any], transcript: Callable[[str, str], None]) -> None:
    seen = screen()
    closing.show(seen.console, report())
    assert seen.err.getvalue() == ""
    transcript("closing", seen.out.getvalue())


def test_lines_of_several_instances_stand_below_each_other(screen: Callable[..., Any]) -> None:
    seen = screen()
    closing.show(seen.console, RunReport(RUN, 2, "a is live\nb is live", "at a\nat b", ""))
    assert seen.out.getvalue() == "a is live\nb is live\nSee it: at a\n        at b\n"


def test_already_so(screen: Callable[..., Any]) -> None:
    seen = screen(automated=True)
    closing.show(seen.console, report(acted=0))
    assert seen.out.getvalue().startswith("Already so: saint-martin/decidim is live")
    assert "Next" not in seen.out.getvalue()


def test_for_programs(screen: Callable[..., Any]) -> None:
    seen = screen(json=True)
    closing.show(seen.console, report())
    body = json.loads(seen.out.getvalue())
    assert body["format"] == "orchestrator/result/v1"
    assert body["run"]["id"] == "7f3c91"
    assert body["acted"] == 9
