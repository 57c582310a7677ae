"""What many drills come to: the one result of which HTML and JSON are views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from orchestrator.recovery.calendar import State
from orchestrator.recovery.evidence import Evidence, Kept, Line


class Act(StrEnum):
    """What somebody has to do about an instance."""

    FIND_CAUSE = "find-cause"
    TRY_SOMETHING = "try-something"
    USE_OLDER = "use-older-point"
    CHOOSE_OLDER = "choose-older-point"
    REMOVE_COPY = "remove-copy"
    DRILL_OVERDUE = "drill-overdue"
    DRILL_FIRST = "drill-first"
    DOUBT_FILE = "doubt-file"


@dataclass(frozen=True)
class Action:
    """One act, and what its sentence names: points, days, names of promises."""

    act: Act
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class DrillReport:
    """The report's whole content.

    made:         when, in UTC
    orchestrator: version that made it
    lines:        every instance that should be drilled, by name
    evidence:     the records to show one by one, the newest first
    """

    made: datetime
    orchestrator: str
    lines: tuple[Line, ...]
    evidence: Evidence

    @property
    def counts(self) -> dict[State, int]:
        """How many instances stand in each way."""
        found = Counter(line.standing.state for line in self.lines)
        return {state: found[state] for state in State}

    @property
    def covered(self) -> int:
        """Instances that a drill proved within their period."""
        return sum(line.covered for line in self.lines)

    @property
    def percent(self) -> int | None:
        """Covered of all, rounded down: 100 means every one. None when there are none."""
        return self.covered * 100 // len(self.lines) if self.lines else None

    @property
    def tenants(self) -> dict[str, list[Line]]:
        """Lines of each tenant, by name."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(tenant_of(line), []).append(line)
        return found

    @property
    def doubtful(self) -> tuple[Kept, ...]:
        """Records whose signature does not hold, or that say they are another instance's."""
        return tuple(one for one in self.evidence.records if not one.verified)


def tenant_of(line: Line) -> str:
    """The tenant of a line's instance."""
    return line.candidate.instance.partition("/")[0]


def actions(line: Line, report: DrillReport) -> tuple[Action, ...]:
    """What to do about an instance, the most pressing first; nothing when it is proven."""
    found = [*_after_red(line)]
    if line.standing.state is State.NEVER:
        found.append(Action(Act.DRILL_FIRST))
    elif line.green and line.standing.left is not None and line.standing.left < 0:
        days = {"days": line.standing.days or 0, "period": line.candidate.period_days}
        found.append(Action(Act.DRILL_OVERDUE, days))
    found += [
        Action(Act.DOUBT_FILE, {"file": one.file})
        for one in report.doubtful
        if one.record.instance == line.candidate.instance
    ]
    return tuple(found)


def _after_red(line: Line) -> list[Action]:
    if line.standing.state is not State.RED or line.newest is None:
        return []
    record = line.newest.record
    found = []
    if not record.copy_removed:
        found.append(Action(Act.REMOVE_COPY, {"platform": record.platform, "drill": record.id}))
    if record.broken:
        names = ", ".join(one.name for one in record.broken)
        found.append(Action(Act.FIND_CAUSE, {"point": record.point, "names": names}))
        older = {"older": record.older_point}
        found.append(Action(Act.USE_OLDER, older) if older["older"] else Action(Act.CHOOSE_OLDER))
    if not record.assertions:
        found.append(Action(Act.TRY_SOMETHING, {"drill": record.id}))
    return found
