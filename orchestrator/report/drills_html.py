"""The report on drills for people: one file that needs nothing else, no script, no address."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from orchestrator.recovery.calendar import State
from orchestrator.recovery.evidence import Kept
from orchestrator.report import drills_json, words
from orchestrator.report.drills import DrillReport, actions

_TEMPLATES = Path(__file__).parent / "templates"
_SIGNS = {State.GREEN: "✓", State.DUE: "!", State.RED: "✗", State.NEVER: "–"}


def text(report: DrillReport, language: str = "en") -> str:
    """The report as one HTML file in `fr` or `en`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = words.words_of(language)
    spoken = said["language"]
    environment.filters["day"] = partial(_day, spoken)
    environment.filters["moment"] = partial(_moment, spoken)
    environment.filters["spoken"] = partial(_duration, spoken)
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    twin = drills_json.text(report)
    return environment.get_template("drills.html.j2").render(
        report=report,
        w=said,
        say=_sayer(spoken),
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        json_digest=hashlib.sha256(twin.encode()).hexdigest(),
        to_do=[(line, todo) for line in report.lines if (todo := actions(line, report))],
        place=_places(report.evidence.records),
        states=tuple(State),
        signs=_SIGNS,
    )


def _sayer(language: str) -> Callable[..., str]:
    said = words.words_of(language)

    def say(key: str, /, **values: Any) -> str:
        return said[key].format(**values)

    return say


def _day(language: str, at: datetime) -> str:
    return words.day(at, language)


def _moment(language: str, at: datetime) -> str:
    return words.moment(at, language)


def _duration(language: str, seconds: float | None) -> str:
    return (
        words.words_of(language)["unmeasured"]
        if seconds is None
        else words.spoken(seconds, language)
    )


def _places(records: tuple[Kept, ...]) -> dict[str, str]:
    """Where in the page a file's record stands; ids may be forged, so they are counted."""
    return {one.file: f"drill-{number}" for number, one in enumerate(records, 1)}
