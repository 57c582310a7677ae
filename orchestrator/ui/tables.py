"""Lists and details: aligned for eyes, separated by tabs for programs.

A list is one row a thing. Piped, it has neither heading nor padding and nothing is cut, so that
`cut` and `awk` read it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from orchestrator.ui.console import Console

_STYLES = {
    "ok": "green",
    "live": "green",
    "held": "green",
    "verified": "green",
    "up": "green",
    "done": "green",
    "pass": "green",
    "green": "green",
    "fail": "red",
    "unknown": "yellow",
    "manual": "yellow",
    "waived": "yellow",
    "warning": "yellow",
    "degraded": "yellow",
    "interrupted": "yellow",
    "due": "yellow",
    "never": "yellow",
    "red": "red",
    "broken": "red",
    "behind": "red",
    "changed": "red",
    "foreign": "red",
    "fault": "red",
    "down": "red",
    "failed": "red",
    "unreachable": "red",
    "unhealthy": "red",
    "killed": "red",
}


def table(console: Console, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a list; cells are plain text, words of state are coloured."""
    if not console.tabular:
        for row in rows:
            console.record(row)
        return
    widths = [max(len(cell) for cell in column) for column in zip(heading, *rows, strict=True)]
    console.result(_line([title.upper() for title in heading], widths, bold=True))
    for row in rows:
        console.result(_line(row, widths))


def details(console: Console, pairs: Sequence[tuple[str, str]]) -> None:
    """Show the fields of one thing, a line each."""
    if not console.tabular:
        for name, value in pairs:
            console.record((name, value))
        return
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        text = Text()
        text.append(f"{name:<{width}}", style="bold")
        text.append(f"  {value}", style=_STYLES.get(value, "none"))
        console.result(text)


def _line(cells: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> Text:
    text = Text()
    for cell, width in zip(cells, widths, strict=True):
        style = "bold" if bold else _STYLES.get(cell, "none")
        text.append(cell, style=style)
        text.append(" " * (width - len(cell) + 2))
    text.rstrip()
    return text
