"""What is said after success: at most three lines an instance."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from orchestrator.engine.journal import run_document
from orchestrator.model.report import RunReport
from orchestrator.ui.console import Console

FORMAT = "orchestrator/result/v1"


def show(console: Console, report: RunReport) -> None:
    """Say what is now true, where to see it, and what to do next; each a line an instance."""
    if console.manner.json:
        console.document(document(report))
        return
    text = Text(report.now_true if report.acted else f"Already so: {report.now_true}")
    if report.where:
        text.append(f"\nSee it: {_below(report.where)}")
    if report.next and not console.manner.automated:
        text.append(f"\nNext:   {_below(report.next)}")
    console.result(text)


def _below(lines: str) -> str:
    return lines.replace("\n", "\n        ")


def document(report: RunReport) -> dict[str, Any]:
    """The same for programs."""
    run = run_document(report.run)
    run.pop("format")
    return {
        "format": FORMAT,
        "acted": report.acted,
        "now_true": report.now_true,
        "where": report.where,
        "next": report.next,
        "run": run,
    }
