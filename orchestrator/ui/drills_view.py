"""How the instances stand with their drills, as a list."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.recovery.evidence import Line
from orchestrator.ui.console import Console
from orchestrator.ui.durations import moment, spoken
from orchestrator.ui.tables import table

_HEADING = ("instance", "last green", "age", "rpo", "rto", "standing")


def listed(console: Console, lines: Iterable[Line]) -> None:
    """Show each instance: when it was last proven, what was measured then, how it stands now."""
    table(console, _HEADING, [_row(line) for line in lines])


def _row(line: Line) -> tuple[str, ...]:
    days = line.standing.days
    record = line.green.record if line.green else None
    return (
        line.candidate.instance,
        moment(record.began if record else None),
        "-" if days is None else f"{days} d",
        "-" if record is None or record.rpo_s is None else spoken(record.rpo_s),
        "-" if record is None else spoken(record.rto_s),
        line.standing.state.value,
    )
