"""The record of a run, one line an event."""

from __future__ import annotations

import json

from rich.text import Text

from orchestrator.engine.events import Event, Kind
from orchestrator.ui.console import Console
from orchestrator.ui.durations import spoken
from orchestrator.ui.progress import words

_STYLES = {Kind.STEP_FAILED: "red", Kind.STEP_DONE: "green", Kind.RUN_ENDED: "bold"}


def show(console: Console, event: Event) -> None:
    """Show one event as a result: a line for people, or the JSON line itself."""
    if console.manner.json:
        console.line(json.loads(event.line()))
        return
    text = Text()
    text.append(f"{event.at:%H:%M:%S}  ", style="dim")
    text.append(_said(event), style=_STYLES.get(event.kind, "none"))
    console.result(text)


def _said(event: Event) -> str:
    data = dict(event.data or {})
    if event.kind is Kind.RUN_STARTED:
        by = f" by {data['author']}" if data.get("author") else ""
        return f"{data.get('verb', '')} {data.get('subject', '')} started{by}"
    if event.kind is Kind.RUN_ENDED:
        reason = f": {data['message']}" if data.get("message") else ""
        took = spoken(float(data.get("seconds", 0)))
        return f"{data.get('outcome', '')} after {took}{reason}{_each(event)}"
    place, news = words(event)
    if event.kind is Kind.STEP_FAILED:
        return f"{place}  {news}: {data.get('message', '')}"
    return f"{place}  {news}"


def _each(event: Event) -> str:
    """How the instances of the run stand, where it has several."""
    standings = (event.data or {}).get("instances") or {}
    said = ", ".join(f"{name} {standing}" for name, standing in standings.items())
    return f" ({said})" if said else ""
