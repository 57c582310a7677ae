"""Drills and their records, for eyes and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.model.drill import DrillRecord
from orchestrator.recovery.evidence import Line
from orchestrator.recovery.opening import Judged
from orchestrator.ui.console import Console
from orchestrator.ui.durations import moment, spoken
from orchestrator.ui.tables import details, table

STANDINGS = "orchestrator/drill-standings/v1"
SHOWN = "orchestrator/drill-shown/v1"
VERIFICATION = "orchestrator/drill-verification/v1"
_HEADING = ("instance", "last green", "age", "rpo", "rto", "standing")
_DONE = ("instance", "verdict", "rpo", "rto", "point", "broken")


def listed(console: Console, lines: Iterable[Line]) -> None:
    """Show each instance: when it was last proven, what was measured then, how it stands now."""
    table(console, _HEADING, [_row(line) for line in lines])


def standings(lines: Iterable[Line]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "format": STANDINGS,
        "instances": [
            {
                "instance": line.candidate.instance,
                "standing": line.standing.state.value,
                "covered": line.covered,
                "period_days": line.candidate.period_days,
                "days": line.standing.days,
                "days_left": line.standing.left,
                "last_green": line.green.record.document() if line.green else None,
                "newest": line.newest.record.document() if line.newest else None,
            }
            for line in lines
        ],
    }


def carried_out(console: Console, done: Sequence[tuple[str, DrillRecord | None, str]]) -> None:
    """Show what drills came to: instance, record or None, and why there is none."""
    table(console, _DONE, [_done(*one) for one in done])


def shown(console: Console, found: Judged, record: DrillRecord) -> None:
    """Show one record with every assertion; `found` says what its file is worth."""
    trust = f"{found.trust.value}, key {found.key}" if not found.why else found.why
    details(
        console,
        [
            ("drill", record.id),
            ("instance", record.instance),
            ("verdict", record.verdict.value),
            ("began", moment(record.began)),
            ("ended", moment(record.ended)),
            ("release", record.release),
            ("point", record.point),
            ("data of", moment(record.point_time)),
            ("rpo", "-" if record.rpo_s is None else spoken(record.rpo_s)),
            ("rto", spoken(record.rto_s)),
            ("copy", "removed" if record.copy_removed else "left behind"),
            ("older point", record.older_point or "-"),
            ("platform", record.platform),
            ("with", f"orchestrator {record.orchestrator}"),
            ("file", found.file),
            ("signature", trust),
        ],
    )
    if record.assertions:
        console.result("")
        rows = [
            (one.name, "held" if one.held else "broken", spoken(one.seconds), one.seen, one.promise)
            for one in record.assertions
        ]
        table(console, ("assertion", "result", "took", "seen", "promise"), rows)


def shown_document(found: Judged, record: DrillRecord) -> dict[str, Any]:
    """The same for programs."""
    return {"format": SHOWN, **_judged(found), "drill": record.document()}


def verified(console: Console, found: Iterable[Judged]) -> None:
    """Show what each file turned out to be."""
    table(console, ("file", "state", "why"), [(one.file, one.trust, one.why) for one in found])


def verification(found: Iterable[Judged]) -> dict[str, Any]:
    """The same for programs."""
    return {"format": VERIFICATION, "files": [_judged(one) for one in found]}


def _judged(one: Judged) -> dict[str, Any]:
    return {"file": one.file, "state": one.trust.value, "why": one.why, "key": one.key}


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


def _done(instance: str, record: DrillRecord | None, why: str) -> tuple[str, ...]:
    if record is None:
        return (instance, "red", "-", "-", "-", why)
    return (
        instance,
        record.verdict.value,
        "-" if record.rpo_s is None else spoken(record.rpo_s),
        spoken(record.rto_s),
        record.point,
        broken(record) or "-",
    )


def broken(record: DrillRecord) -> str:
    """What a record says did not hold, by names; empty when it is green."""
    names = [one.name for one in record.broken]
    if not record.assertions:
        names.append("nothing was tried")
    if not record.copy_removed:
        names.append("its copy is left behind")
    return ", ".join(names)
