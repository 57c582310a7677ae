"""A fault as people read it (always the same slots) and as one line for programs."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from orchestrator.errors.root import OrchestratorError
from orchestrator.ui.console import Console

FORMAT = "orchestrator/error/v1"


def show(console: Console, error: OrchestratorError) -> None:
    """Tell the fault on stderr: a block, or one line of JSON when `--json` was asked for."""
    if console.manner.json:
        console.insist_line(document(error))
    else:
        console.insist(block(error))


def block(error: OrchestratorError) -> Text:
    """Headline, place, why, details, hints, and where to read more."""
    text = Text()
    text.append(f"error[{error.code}]:", style="bold red")
    text.append(f" {error.message}\n")
    slots = [(name, body) for name, body in (("in", error.place), ("why", error.why)) if body]
    if slots:
        text.append("\n")
    for name, body in slots:
        text.append(f"  {name:<4} ", style="bold")
        text.append(body + "\n")
    for line in error.details:
        text.append(f"       {line}\n" if slots else f"  {line}\n")
    text.append("\n")
    for hint in error.hints:
        text.append("hint:", style="green")
        text.append(f" {hint}\n")
    text.append("more:", style="cyan")
    text.append(f" `orchestrator explain {error.code}`")
    if error.run:
        text.append("    log:", style="cyan")
        text.append(f" `orchestrator run log {error.run}`")
    return text


def document(error: OrchestratorError) -> dict[str, Any]:
    """The fault for programs."""
    return {
        "format": FORMAT,
        "code": error.code,
        "message": error.message,
        "why": error.why,
        "in": error.place,
        "context": error.context,
        "details": list(error.details),
        "hints": list(error.hints),
        "run": error.run or None,
        "exit": int(error.exit_status),
        "retryable": error.retryable,
    }
